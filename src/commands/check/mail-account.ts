/** What the manager's log says of one mail: each milter's verdict, and the headers that they added. */
import type { Host } from '../../host/host.ts';
import type { Platform } from '../../platforms/platform.ts';

export interface MilterAccount {
  readonly name: string;
  readonly status: string;
  readonly milliseconds: number;
  /** Why it was not asked, or how it failed. */
  readonly reason: string | undefined;
}

export interface MailAccount {
  readonly status: string;
  readonly milters: readonly MilterAccount[];
  readonly headers: readonly { readonly milter: string; readonly header: string }[];
}

/** A mail by its queue id, where Postfix told it, or as the newest of its sender. */
export type MailSought = { readonly queueId: string } | { readonly sender: string };

const TRIES = 20;
const PAUSE = 150;

/** The manager's log from one moment on. */
export class ManagerLog {
  /** Mails of that sender that were told of already. */
  private known = 0;

  /** @param since milliseconds since 1970 */
  constructor(
    private readonly host: Host,
    private readonly platform: Platform,
    private readonly sender: string,
    private readonly since: number,
  ) {}

  /** Whatever is there by now is not of a mail to come. */
  async begin(): Promise<void> {
    this.known = mailsIn((await this.read()) ?? '', { sender: this.sender }).length;
  }

  /** Waits until the line is there, for logs lag. Undefined where it does not come. */
  async accountOf(queueId: string | undefined): Promise<MailAccount | undefined> {
    const sought = queueId === undefined ? { sender: this.sender } : { queueId };
    for (let tries = 0; tries < TRIES; tries += 1) {
      const log = await this.read();
      if (log === undefined) return undefined;
      const account = readAccount(log, sought, this.known);
      if (account !== undefined) {
        this.known = mailsIn(log, { sender: this.sender }).length;
        return account;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    return undefined;
  }

  private async read(): Promise<string | undefined> {
    const { argv } = this.platform.managerLog(this.since);
    const { exitCode, stdout } = await this.host.run(argv, { timeout: 20_000 });
    return exitCode === 0 ? stdout : undefined;
  }
}

const MAIL =
  /\bsession=(\d+) queue-id=(\S+) client=\S+ from=(\S*) .*? status=(\S+) stage=\S+ .*milters="?(.*?)"?$/;
const CHILD = /^(\S+): ((?:fallback )?\S+) at \S+ in ([\d.]+) ms(?: \((.*)\))?$/;
const ADDED = /\[milter\]\[header\]\[add\]\((\d+)\): <([^>]+)>=<(.*)>: (\S+)$/;

/** From the manager's lines, with whatever syslog writes before them. @param known of the sender's, to be left out */
export function readAccount(
  log: string,
  sought: MailSought,
  known: number,
): MailAccount | undefined {
  const found = mailsIn(log, sought);
  const mail = ('queueId' in sought ? found : found.slice(known)).at(-1);
  if (mail === undefined) return undefined;
  const lines = log.split('\n');
  return {
    status: mail.status,
    milters: mail.children.split('; ').flatMap(readChild),
    headers: lines.slice(0, mail.index).flatMap((line) => {
      const [, session, name = '', value = '', milter = ''] = ADDED.exec(line) ?? [];
      return session === mail.session ? [{ milter, header: `${name}: ${value.trim()}` }] : [];
    }),
  };
}

interface MailLine {
  readonly index: number;
  readonly session: string;
  readonly status: string;
  readonly children: string;
}

function mailsIn(log: string, sought: MailSought): readonly MailLine[] {
  return log.split('\n').flatMap((line, index) => {
    const match = MAIL.exec(line);
    if (match === null) return [];
    const [, session = '', queueId, from, status = '', children = ''] = match;
    const isIt = 'queueId' in sought ? queueId === sought.queueId : from === `<${sought.sender}>`;
    return isIt ? [{ index, session, status, children }] : [];
  });
}

function readChild(text: string): readonly MilterAccount[] {
  const match = CHILD.exec(text);
  if (match === null) return [];
  const [, name = '', status = '', milliseconds, reason] = match;
  return [{ name, status, milliseconds: Number(milliseconds), reason }];
}
