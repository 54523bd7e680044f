/** What sessions tell the log, the statistics and the metrics. */
import type { ConditionName } from '../../manager-config/keys.ts';
import type { Finding } from '../../history/columns.ts';
import type { Header } from '../../protocol/headers.ts';
import type { Failure } from '../child/failure.ts';
import type { RecipientReport } from './mail-facts.ts';
import type { StageName } from '../session/commands.ts';
import type { Status } from '../merge/verdict.ts';

/** What became of a child in a message, for the log. */
export interface ChildReport {
  readonly name: string;
  readonly status: Status | 'pass' | 'stop';
  /** The status is its fallback: the child itself gave no verdict. */
  readonly fallback: boolean;
  /** A command of this message was put to it: only then its time says anything. */
  readonly asked: boolean;
  readonly stage: StageName;
  readonly milliseconds: number;
  /** Why it was stopped, or how it failed. */
  readonly reason: string | undefined;
  /** The condition that stopped it. */
  readonly condition: ConditionName | undefined;
  readonly shadow: boolean;
  /** The text of the child's own refusal. */
  readonly reply: string | undefined;
  /** What the headers tell that it added. */
  readonly findings?: readonly Finding[];
}

/** How a mail, or a session that never came to one, ended. */
export interface MailReport {
  readonly session: number;
  /** The MTA's queue id (macro `i`), once it has one. */
  readonly queueId: string | undefined;
  /** `mail.example.org[192.0.2.1]`. */
  readonly client: string | undefined;
  /** Argument of HELO or EHLO. */
  readonly helo: string | undefined;
  /** The login name, where the client has authenticated itself. */
  readonly authenticated: string | undefined;
  /** The TLS version, where the client uses TLS. */
  readonly tls: string | undefined;
  /** Argument of MAIL. */
  readonly sender: string | undefined;
  /** The first hundred. */
  readonly recipients: readonly RecipientReport[];
  readonly recipientCount: number;
  readonly messageId: string | undefined;
  /** Bytes of headers and body, as far as they came. */
  readonly bytes: number;
  readonly status: Status | 'pass' | 'abort';
  readonly stage: StageName;
  /** The reply text, where a child gave one. */
  readonly reply: string | undefined;
  readonly seconds: number;
  readonly children: readonly ChildReport[];
}

/** The children that a message was let through without: their fallback is accept. */
export function letThroughWithout({ status, children }: MailReport): readonly string[] {
  if (status !== 'pass' && status !== 'accept' && status !== 'skip') return [];
  return children
    .filter((child) => child.fallback && child.status === 'accept')
    .map(({ name }) => name);
}

export interface Observer {
  mailEnded(report: MailReport): void;
  sessionEnded(session: number): void;
  childFailed(session: number, child: string, stage: StageName, failure: Failure): void;
  /** A shadow child's part in a message: what it would have done. */
  shadowEnded(session: number, report: ChildReport): void;
  /** A child added or inserted a header. */
  headerAdded(session: number, child: string, header: Header): void;
  /** Something a person should look at. */
  warn(session: number | undefined, text: string): void;
}
