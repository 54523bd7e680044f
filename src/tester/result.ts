/** What became of a mail that was played to a milter. Plain data, all text latin1. */

import type { Envelope, Header, Stage } from './mail.ts';

/** What the milter decided. `pass` means that it let the mail through after it saw all of it. */
export const VERDICTS = [
  'pass',
  'accept',
  'reject',
  'temporary-failure',
  'discard',
  'quarantine',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Why there is no verdict. A connection closed in the middle is a protocol error. */
export type Failure = 'cannot-connect' | 'timeout' | 'protocol-error';

/** An SMTP reply that the milter chose, as it wrote it. */
export interface SmtpReply {
  /** `550` */
  readonly code: string;
  /** `5.7.1` */
  readonly enhanced?: string;
  /** The text of each line, codes taken off. */
  readonly lines: readonly string[];
}

/** The milter's answer to one command. `none`: it had said that it does not reply there. */
export interface Answer {
  readonly stage: Stage;
  /** The recipient, header name or unknown command that was asked about. */
  readonly subject?: string;
  readonly answer: Verdict | 'continue' | 'skip' | 'none';
  readonly reply?: SmtpReply;
  readonly milliseconds: number;
}

/** What the milter asked for at the end of the message, in its order. Header values as on the wire. */
export type Modification =
  | { readonly kind: 'add-header'; readonly name: string; readonly value: string }
  | {
      readonly kind: 'insert-header' | 'change-header';
      readonly index: number;
      readonly name: string;
      readonly value: string;
    }
  | { readonly kind: 'change-from' | 'add-recipient'; readonly envelope: Envelope }
  | { readonly kind: 'delete-recipient'; readonly address: string }
  | { readonly kind: 'replace-body'; readonly chunk: string }
  | { readonly kind: 'quarantine'; readonly reason: string };

/** The mail as the MTA would deliver it; the envelope's recipients are those that were not refused. */
export interface Message {
  readonly from: Envelope;
  readonly recipients: readonly Envelope[];
  readonly headers: readonly Header[];
  readonly body: string;
}

export interface Negotiated {
  readonly version: number;
  /** SMFIF bits. */
  readonly actions: number;
  /** SMFIP bits. */
  readonly steps: number;
}

export interface Result {
  readonly status: Verdict | Failure;
  /** The stage that decided; absent when the milter let the mail pass. */
  readonly stage?: Stage;
  readonly reply?: SmtpReply;
  readonly quarantineReason?: string;
  /** For a {@link Failure}: what went wrong, for people. */
  readonly problem?: string;
  /** Of `cannot-connect`: the likely cause and what to do next. */
  readonly hint?: string;
  /** Things that an MTA lets pass and a milter's author should know. */
  readonly warnings: readonly string[];
  readonly elapsedMilliseconds: number;
  readonly negotiated?: Negotiated;
  readonly answers: readonly Answer[];
  readonly modifications: readonly Modification[];
  /** As sent, and as it is after the modifications. */
  readonly before: Message;
  readonly message: Message;
}

export function isFailure(status: Result['status']): status is Failure {
  return status === 'cannot-connect' || status === 'timeout' || status === 'protocol-error';
}
