/** `milter-setup explain`: what happened to one message, and why. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { gatherFacts } from '../plan/facts.ts';
import { deciders, mailInFull, type KeptMail } from '../ui/show-mails.ts';
import { span } from '../ui/show-verdicts.ts';
import type { CommandContext } from './command.ts';
import { isChosen, keptMails } from './mails/kept-mails.ts';
import { triesOf } from './mails/tries.ts';
import { secondsSince } from './since.ts';

/** Messages that are shown whole where several fit. */
const MOST = 20;

export async function run(context: CommandContext): Promise<number> {
  const { host, options, verbOptions, ui, arguments: given } = context;
  const [id] = given;
  if (id === undefined && !['from', 'to', 'client'].some((name) => name in verbOptions)) {
    throw new SetupError({
      code: 'which-message',
      message: 'which message? Name its queue id or Message-ID, or its sender, recipient or client',
      hint: 'For example: milter-setup explain 4XyZ1234, or milter-setup explain --from a@example.net',
      exitCode: EXIT.usage,
    });
  }
  const facts = await gatherFacts(host, options.platform);
  const all = keptMails(host, facts);
  const seconds = secondsSince(verbOptions['since'], '7d');
  const chosen = all
    .filter(isChosen(verbOptions, Date.now() - seconds * 1000))
    .filter((mail) => id === undefined || isNamed(mail, id));
  if (chosen.length === 0) {
    throw new SetupError({
      code: 'no-such-message',
      message: `the milter manager has kept no such message${id === undefined ? '' : `: ${id}`}`,
      hint: oldest(all),
    });
  }
  const shown = chosen.slice(-MOST);
  if (shown.length < chosen.length) ui.print(`The last ${MOST} of ${chosen.length}:\n`);
  const told = new Set<KeptMail>();
  for (const mail of shown) {
    if (told.has(mail)) continue;
    const tries = triesOf(mail, all);
    for (const each of tries) told.add(each);
    const text = [...tries.map((each) => mailInFull(each, ui.style)), ...conclusion(tries)];
    ui.print(`${text.join('\n')}\n`, text.join('\n'));
  }
  ui.result({ schema: 1, kind: 'explanation', mails: [...told] });
  return EXIT.ok;
}

/** By queue id, or by Message-ID with or without its brackets. */
function isNamed({ queueId, messageId }: KeptMail, id: string): boolean {
  return queueId === id || messageId === id || messageId === `<${id}>`;
}

/** One sentence on several tries of one message, or on one that nobody looked at. */
function conclusion(tries: readonly KeptMail[]): readonly string[] {
  const first = tries[0]!;
  const last = tries.at(-1)!;
  const without = last.unfilteredBy;
  const unfiltered =
    without.length > 0 ? [`It was accepted without ${without.join(' and ')}, which was down.`] : [];
  if (tries.length < 2) return unfiltered;
  const waited = span((Date.parse(last.time) - Date.parse(first.time)) / 1000);
  const who = deciders(first)[0]?.name;
  const by = who === undefined ? '' : ` by ${who}`;
  const end =
    last.status === 'temporary-failure' ? 'still deferred' : `${last.status} at the last one`;
  return [`${tries.length} tries in ${waited}: deferred${by}, ${end}.`, ...unfiltered];
}

function oldest(all: readonly KeptMail[]): string {
  const [first] = all;
  return first === undefined
    ? 'It has kept none yet.'
    : `It keeps the last messages only; the oldest is of ${first.time}. Look into the mail log.`;
}
