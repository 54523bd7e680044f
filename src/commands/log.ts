/** `milter-setup log`: the messages of late, one a line. */
import { EXIT } from '../host/setup-error.ts';
import { gatherFacts } from '../plan/facts.ts';
import { mailLine } from '../ui/show-mails.ts';
import type { CommandContext } from './command.ts';
import { isChosen, keptMails } from './mails/kept-mails.ts';
import { secondsSince } from './since.ts';

/** Milliseconds between two looks with --follow. */
const PERIOD = 500;

export async function run(context: CommandContext): Promise<number> {
  const { host, options, verbOptions, ui, signal } = context;
  const facts = await gatherFacts(host, options.platform);
  const seconds = secondsSince(verbOptions['since'], '24h');
  const chosen = isChosen(verbOptions, Date.now() - seconds * 1000);
  const mails = keptMails(host, facts).filter(chosen);
  for (const mail of mails) ui.print(mailLine(mail, ui.style), mailLine(mail, ui.style));
  if (verbOptions['follow'] !== true) {
    if (mails.length === 0) ui.print('No such message in this time.');
    ui.result({ schema: 1, kind: 'log', mails });
    return EXIT.ok;
  }
  let newest = mails.at(-1)?.time ?? new Date().toISOString();
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, PERIOD));
    const fresh = keptMails(host, facts).filter((mail) => mail.time > newest && chosen(mail));
    for (const mail of fresh) ui.print(mailLine(mail, ui.style), mailLine(mail, ui.style));
    newest = fresh.at(-1)?.time ?? newest;
  }
  return EXIT.ok;
}
