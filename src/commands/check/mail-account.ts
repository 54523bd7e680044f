/** What the manager tells of one test mail: each milter's verdict as it kept it, and from its log the headers added. */
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { deciders, type KeptMail } from '../../ui/show-mails.ts';
import { keptMails } from '../mails/kept-mails.ts';

export interface MilterAccount {
  readonly name: string;
  readonly status: string;
  readonly milliseconds: number;
  /** The status is what the manager was told to assume: it gave none. */
  readonly fallback: boolean;
  /** Why it was not asked, or how it failed. */
  readonly reason: string | undefined;
}

export interface MailAccount {
  readonly status: string;
  readonly milters: readonly MilterAccount[];
  readonly headers: readonly { readonly milter: string; readonly header: string }[];
  /** Whose answer the manager's refusal was. */
  readonly decidedBy: string | undefined;
  /** Milters that it was let through without. */
  readonly unfilteredBy: readonly string[];
}

/** Milliseconds between two looks. */
const PAUSE = 100;

/** A mail that was sent. */
export interface Sought {
  readonly sender: string;
  /** Where Postfix told it. */
  readonly queueId: string | undefined;
  /** From where it came. */
  readonly address: string;
}

/** What the manager tells from one moment on of the mails of one sender. */
export class Accounts {
  /** Mails that are none of ours, or were told of already. */
  private readonly known = new Set<string>();

  /** @param since milliseconds since 1970 @param patience milliseconds to wait for what lags */
  constructor(
    private readonly host: Host,
    private readonly facts: HostFacts,
    private readonly since: number,
    private readonly patience: number,
  ) {
    for (const mail of this.read()) this.known.add(keyOf(mail));
  }

  /** Without it nobody can tell whether it heard of a mail. */
  get keepsMails(): boolean {
    return this.facts.manager.manager.history !== undefined;
  }

  /** Waits until it is there. Undefined where the manager keeps no mails, or has not heard of this one. */
  async accountOf(sought: Sought): Promise<MailAccount | undefined> {
    const deadline = performance.now() + this.patience;
    while (this.keepsMails) {
      const news = this.read().filter((mail) => !this.known.has(keyOf(mail)));
      const mail =
        news.find((each) => isIt(each, sought)) ?? news.find((each) => isOf(each, sought));
      if (mail !== undefined) {
        this.known.add(keyOf(mail));
        return accountIn(mail, await this.logOf(mail));
      }
      if (performance.now() > deadline) break;
      await pause();
    }
    return undefined;
  }

  private read(): readonly KeptMail[] {
    if (!this.keepsMails) return [];
    const mails = keptMails(this.host, this.facts);
    return mails.filter(({ time }) => Date.parse(time) >= this.since);
  }

  /** Logs lag: until the line of the mail is there. */
  private async logOf({ session }: KeptMail): Promise<string> {
    const { argv } = this.facts.platform.managerLog(this.since);
    const deadline = performance.now() + this.patience;
    for (;;) {
      const { exitCode, stdout } = await this.host.run(argv, { timeout: 20_000 });
      const whole = exitCode !== 0 || stdout.includes(`session=${session} `);
      if (whole || performance.now() > deadline) return stdout;
      await pause();
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}

function isIt(mail: KeptMail, { sender, queueId }: Sought): boolean {
  return queueId === undefined ? mail.sender === `<${sender}>` : mail.queueId === queueId;
}

/** All mail of that client was judged before there was one. */
function isOf({ sender, client }: KeptMail, { address }: Sought): boolean {
  return sender === undefined && client?.endsWith(`[${address}]`) === true;
}

function keyOf({ time, session }: KeptMail): string {
  return `${time} ${session}`;
}

const ADDED = /\[milter\]\[header\]\[add\]\((\d+)\): <([^>]+)>=<(.*)>: (\S+)$/;

/** @param log the manager's lines, with whatever syslog writes before them */
export function accountIn(mail: KeptMail, log: string): MailAccount {
  return {
    status: mail.status,
    milters: mail.children.map(({ name, status, milliseconds, fallback, reason }) => ({
      ...{ name, status, milliseconds, fallback, reason },
    })),
    headers: log.split('\n').flatMap((line) => {
      const [, session, name = '', value = '', milter = ''] = ADDED.exec(line) ?? [];
      return session === String(mail.session)
        ? [{ milter, header: `${name}: ${value.trim()}` }]
        : [];
    }),
    decidedBy: deciders(mail)[0]?.name,
    unfilteredBy: mail.unfilteredBy,
  };
}
