/** What a mail tells about itself as it passes by: envelope, size, Message-ID. Bounded, and cheap where nobody looks. */
import type { Packet } from '../../protocol/packet-reader.ts';
import { isRefusal, replyText, type Answer, type Status } from '../merge/verdict.ts';

/** Recipients that are kept; more are only counted. */
const MOST_RECIPIENTS = 100;
const MESSAGE_ID = 'message-id';

export interface RecipientReport {
  /** Argument of RCPT: `<user@example.org>`. */
  readonly address: string;
  readonly status: Status | 'pass';
  /** The reply text, where it was refused with one. */
  readonly reply?: string;
}

export class MailFacts {
  sender: string | undefined;
  messageId: string | undefined;
  /** Bytes of headers and body. */
  bytes = 0;
  readonly recipients: RecipientReport[] = [];
  recipientCount = 0;

  /** @param command SMFIC_MAIL */
  sentBy(command: Packet): void {
    this.sender = addressOf(command);
  }

  /** @param command SMFIC_RCPT, with the answer to it */
  sentTo(command: Packet, answer: Answer): void {
    this.recipientCount += 1;
    if (this.recipients.length >= MOST_RECIPIENTS) return;
    const reply = isRefusal(answer) ? replyText(answer) : undefined;
    this.recipients.push({
      address: addressOf(command),
      status: answer.status === 'continue' ? 'pass' : answer.status,
      ...(reply !== undefined && { reply }),
    });
  }

  /** @param command SMFIC_HEADER: name, NUL, value, NUL */
  hasHeader({ data }: Packet): void {
    this.bytes += data.length;
    if (this.messageId !== undefined || data[MESSAGE_ID.length] !== 0) return;
    if (data.toString('latin1', 0, MESSAGE_ID.length).toLowerCase() !== MESSAGE_ID) return;
    this.messageId = data.toString('latin1', MESSAGE_ID.length + 1, data.length - 1).trim();
  }

  /** @param command a piece of the body */
  hasBody({ data }: Packet): void {
    this.bytes += data.length;
  }
}

/** The argument of MAIL or RCPT as the MTA writes it, without ESMTP arguments. */
export function addressOf({ data }: Packet): string {
  const nul = data.indexOf(0);
  return data.toString('latin1', 0, nul < 0 ? data.length : nul);
}
