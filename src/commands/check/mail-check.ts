/** `check --mail`: where the test mails go, and that nobody gets them who was not meant. */
import type { Host } from '../../host/host.ts';
import { EXIT, SetupError } from '../../host/setup-error.ts';
import type { ActiveMilter } from '../../plan/active-milters.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { showSent, type SentLine } from '../../ui/show-check.ts';
import { wrap } from '../../ui/wrap.ts';
import { findBlackHole, type BlackHole } from './black-hole.ts';
import type { CommandContext } from '../command.ts';
import { sendProbes } from './sent-check.ts';

const SMTP_PORT = 25;

export interface MailTarget extends BlackHole {
  /** The mailbox of `--to`. */
  readonly mailbox: string | undefined;
}

/** Undefined without `--mail`. @throws SetupError `no-black-hole` where somebody would get a copy, `usage` */
export async function mailTarget(
  host: Host,
  { mail, to }: CommandContext['verbOptions'],
): Promise<MailTarget | undefined> {
  const mailbox = typeof to === 'string' ? to : undefined;
  if (mailbox !== undefined && mail === undefined) throw usage('--to is for --mail');
  if (mail === undefined) return undefined;
  if (mailbox !== undefined && !/^[^\s<>@]+@[^\s<>@]+$/.test(mailbox)) {
    throw usage(`"${mailbox}" is no mail address`);
  }
  const hole = await findBlackHole(host);
  if (mailbox === undefined && hole.leaks.length > 0) {
    throw new SetupError({
      code: 'no-black-hole',
      message: `the test mails would not only be thrown away: ${hole.leaks.join('; ')}`,
      hint: 'Nothing was sent. --to ADDRESS sends them to a mailbox for tests, with what follows from that.',
    });
  }
  return { ...hole, mailbox };
}

function usage(message: string): SetupError {
  const hint = 'milter-setup check --mail --to ADDRESS';
  return new SetupError({ code: 'usage', message, hint, exitCode: EXIT.usage });
}

export async function sendMails(
  { host, ui, signal }: CommandContext,
  facts: HostFacts,
  active: readonly ActiveMilter[],
  { address, notices, mailbox }: MailTarget,
): Promise<readonly SentLine[]> {
  for (const notice of notices) ui.warn(notice);
  const where = mailbox ?? `${address}, where it throws them away`;
  ui.print(`\n${wrap(`Mails that Postfix takes at 127.0.0.1 for ${where}:`, ui.style.columns)}`);
  const localOnly = facts.manager.milters
    .filter(({ applicable_conditions: conditions }) => conditions.includes('Remote Network'))
    .map(({ name }) => name);
  return await sendProbes(
    {
      ...{ host, facts, active, localOnly, from: address, since: Date.now(), port: SMTP_PORT },
      to: mailbox ?? address,
    },
    (line) => {
      const text = showSent(line, ui.style);
      ui.print(text, line.outcome === 'pass' ? undefined : text);
    },
    () => signal.aborted,
  );
}
