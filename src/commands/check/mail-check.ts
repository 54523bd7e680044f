/** `check --mail`: where the test mails go, and that nobody gets them who was not meant. */
import type { Host } from '../../host/host.ts';
import { EXIT, SetupError } from '../../host/setup-error.ts';
import type { ActiveMilter } from '../../plan/active-milters.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { instancesOf } from '../../postfix/postfix.ts';
import { showSent, type SentLine } from '../../ui/show-check.ts';
import { wrap } from '../../ui/wrap.ts';
import { readLastAnswers, wantedIn } from '../answers/last-answers.ts';
import { findBlackHole, type BlackHole } from './black-hole.ts';
import type { CommandContext } from '../command.ts';
import { sendProbes } from './sent-check.ts';
import { smtpServicesOf } from './smtp-services.ts';

export interface MailTarget {
  /** By the directory of each instance of Postfix. */
  readonly holes: ReadonlyMap<string, BlackHole>;
  /** The mailbox of `--to`. */
  readonly mailbox: string | undefined;
}

/** Undefined without `--mail`. @throws SetupError `no-black-hole` where somebody would get a copy, `usage` */
export async function mailTarget(
  host: Host,
  facts: HostFacts,
  { mail, to }: CommandContext['verbOptions'],
): Promise<MailTarget | undefined> {
  const mailbox = typeof to === 'string' ? to : undefined;
  if (mailbox !== undefined && mail === undefined) throw usage('--to is for --mail');
  if (mail === undefined) return undefined;
  if (mailbox !== undefined && !/^[^\s<>@]+@[^\s<>@]+$/.test(mailbox)) {
    throw usage(`"${mailbox}" is no mail address`);
  }
  const holes = new Map<string, BlackHole>();
  for (const { directory } of instancesOf(facts.postfix)) {
    const other = directory === facts.postfix.directory ? undefined : directory;
    holes.set(directory, await findBlackHole(host, other));
  }
  const leaks = [...holes.values()].flatMap((each) => each.leaks);
  if (mailbox === undefined && leaks.length > 0) {
    throw new SetupError({
      code: 'no-black-hole',
      message: `the test mails would not only be thrown away: ${leaks.join('; ')}`,
      hint: 'Nothing was sent. --to ADDRESS sends them to a mailbox for tests, with what follows from that.',
    });
  }
  return { holes, mailbox };
}

function usage(message: string): SetupError {
  const hint = 'milter-setup check --mail --to ADDRESS';
  return new SetupError({ code: 'usage', message, hint, exitCode: EXIT.usage });
}

/** @throws SetupError `no-smtp-service` where Postfix takes no mail by SMTP */
export async function sendMails(
  { host, ui, signal }: CommandContext,
  facts: HostFacts,
  active: readonly ActiveMilter[],
  { holes, mailbox }: MailTarget,
): Promise<readonly SentLine[]> {
  const services = smtpServicesOf(host, facts.postfix);
  if (services.length === 0) {
    throw new SetupError({
      code: 'no-smtp-service',
      message: 'no service of Postfix takes mail by SMTP',
      hint: `Look at ${facts.postfix.directory}/master.cf.`,
    });
  }
  for (const notice of new Set([...holes.values()].flatMap(({ notices }) => notices))) {
    ui.warn(notice);
  }
  const where =
    mailbox ?? `${holes.get(facts.postfix.directory)!.address}, where it throws them away`;
  ui.print(`\n${wrap(`Mails that Postfix takes for ${where}:`, ui.style.columns)}`);
  const localOnly = facts.manager.milters
    .filter(({ applicable_conditions: conditions }) => conditions.includes('Remote Network'))
    .map(({ name }) => name);
  return await sendProbes(
    {
      ...{ host, facts, active, localOnly, since: Date.now() },
      patience: { account: 3000, queue: 10_000 },
      wanted: wantedIn(readLastAnswers(host, facts.platform)),
      envelope: ({ instance: { directory } }) => {
        const from = holes.get(directory)!.address;
        return { from, to: mailbox ?? from };
      },
    },
    services,
    (line) => {
      const text = showSent(line, ui.style);
      ui.print(text, line.outcome === 'pass' ? undefined : text);
    },
    () => signal.aborted,
  );
}
