/** The messages of late that the manager kept on this host, and which of them are asked for. */
import { readRecent } from '../../history/recent.ts';
import type { Host } from '../../host/host.ts';
import { EXIT, SetupError } from '../../host/setup-error.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { deciders, type KeptMail } from '../../ui/show-mails.ts';

type Options = Readonly<Record<string, string | true>>;

/** Oldest first. @throws SetupError `no-history` where the manager keeps none, or this user may not read it */
export function keptMails(host: Host, { platform, manager }: HostFacts): readonly KeptMail[] {
  const directory = manager.manager.history ?? platform.historyDirectory;
  if (host.stat(directory) === undefined) {
    throw new SetupError({
      code: 'no-history',
      message: `the milter manager keeps no messages: there is no ${directory}`,
      hint: 'Set history in milter-manager.ini, or let milter-setup do it: milter-setup',
    });
  }
  const read = (path: string): Buffer | undefined => host.read(path);
  const mails = readRecent(read, directory).filter(isMail);
  if ((host.unread?.size ?? 0) > 0) {
    throw new SetupError({
      code: 'not-readable',
      message: `only root and the milter manager may read ${directory}`,
      hint: 'Run the command with sudo.',
      exitCode: EXIT.notPermitted,
    });
  }
  return mails;
}

function isMail(
  line: Readonly<Record<string, unknown>>,
): line is Readonly<Record<string, unknown>> & KeptMail {
  return line['event'] === 'mail' && Array.isArray(line['children']);
}

/** Whether a message is one of those that the options choose. @param from milliseconds since 1970 */
export function isChosen(options: Options, from: number): (mail: KeptMail) => boolean {
  const contains = (text: string | undefined, option: string): boolean => {
    const wanted = options[option];
    if (typeof wanted !== 'string') return true;
    return (text ?? '').toLowerCase().includes(wanted.toLowerCase());
  };
  return (mail) =>
    Date.parse(mail.time) >= from &&
    contains(mail.sender, 'from') &&
    contains(mail.client, 'client') &&
    contains(mail.recipients.map(({ address }) => address).join(' '), 'to') &&
    (typeof options['status'] !== 'string' || mail.status === options['status']) &&
    (typeof options['milter'] !== 'string' || concerns(mail, options['milter']));
}

function concerns(mail: KeptMail, milter: string): boolean {
  const decided = deciders(mail).some(({ name }) => name === milter);
  return decided || mail.children.some(({ name, fallback }) => name === milter && fallback);
}
