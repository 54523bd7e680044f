/** What a milter sends, read from packets: verdicts, modifications, signs of life. Pure. */

import { SMFIF, SMFIR } from '../protocol/constants.ts';
import { parseHeader, parseIndexedHeader, type Header } from '../protocol/headers.ts';
import type { Packet } from '../protocol/packet-reader.ts';
import { PlayFailure } from './failure.ts';
import type { Modification, SmtpReply } from './result.ts';

/** An answer that ends the wait for one. */
export type Reply =
  | { readonly kind: 'continue' | 'skip' | 'accept' | 'discard' }
  | { readonly kind: 'reject' | 'temporary-failure'; readonly reply?: SmtpReply };

export type MilterWord =
  | { readonly type: 'reply'; readonly reply: Reply }
  | {
      readonly type: 'modification';
      readonly modification: Modification;
      /** The SMFIF bit that allows it. */
      readonly action: number;
    }
  | { readonly type: 'progress' };

/**
 * Reads one packet of a milter.
 * @throws PlayFailure (protocol-error) for an unknown packet or one whose data make no sense
 */
export function readWord(packet: Packet): MilterWord {
  const { command, data } = packet;
  switch (command) {
    case SMFIR.CONTINUE:
      return { type: 'reply', reply: { kind: 'continue' } };
    case SMFIR.SKIP:
      return { type: 'reply', reply: { kind: 'skip' } };
    case SMFIR.ACCEPT:
      return { type: 'reply', reply: { kind: 'accept' } };
    case SMFIR.DISCARD:
      return { type: 'reply', reply: { kind: 'discard' } };
    case SMFIR.REJECT:
      return { type: 'reply', reply: { kind: 'reject' } };
    case SMFIR.TEMPFAIL:
    case SMFIR.CONN_FAIL:
      return { type: 'reply', reply: { kind: 'temporary-failure' } };
    case SMFIR.SHUTDOWN:
      // The MTA closes the SMTP connection with a 421 of its own words.
      return { type: 'reply', reply: { kind: 'temporary-failure' } };
    case SMFIR.REPLYCODE:
      return { type: 'reply', reply: readReplyCode(text(data)) };
    case SMFIR.PROGRESS:
      return { type: 'progress' };
    default:
      return readModification(command, data);
  }
}

/**
 * The reply text of SMFIR_REPLYCODE: `550 5.7.1 text`, `550 text`, or lines `550-...` up to a last `550 ...`.
 * @throws PlayFailure when it is no 4xx or 5xx reply
 */
function readReplyCode(raw: string): Reply {
  const lines = raw.split(/\r?\n/).filter((line, index) => line !== '' || index === 0);
  const parts = lines.map((line) =>
    /^([45]\d\d)(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?(.*))?$/s.exec(line),
  );
  const code = parts[0]?.[1];
  if (code === undefined || parts.some((part) => part?.[1] !== code)) {
    throw new PlayFailure('protocol-error', `reply code is not of the form 4xx or 5xx: <${raw}>`);
  }
  const enhanced = parts[0]?.[2];
  const reply: SmtpReply = {
    code,
    ...(enhanced === undefined ? {} : { enhanced }),
    lines: parts.map((part) => part?.[3] ?? ''),
  };
  return { kind: code.startsWith('5') ? 'reject' : 'temporary-failure', reply };
}

function readModification(command: number, data: Buffer): MilterWord {
  switch (command) {
    case SMFIR.ADDHEADER: {
      const header = parseHeader(data);
      if (header === undefined) throw malformed(command);
      return modification(SMFIF.ADDHDRS, { kind: 'add-header', ...inLatin1(header) });
    }
    case SMFIR.INSHEADER:
    case SMFIR.CHGHEADER: {
      const header = parseIndexedHeader(data);
      if (header === undefined) throw malformed(command);
      const { index } = header;
      return command === SMFIR.INSHEADER
        ? modification(SMFIF.ADDHDRS, { kind: 'insert-header', index, ...inLatin1(header) })
        : modification(SMFIF.CHGHDRS, { kind: 'change-header', index, ...inLatin1(header) });
    }
    case SMFIR.CHGFROM:
    case SMFIR.ADDRCPT:
    case SMFIR.ADDRCPT_PAR: {
      const [address, esmtp] = strings(command, data, 1);
      const envelope = { address: address!, arguments: esmtp?.split(' ').filter(Boolean) ?? [] };
      if (command === SMFIR.CHGFROM) {
        return modification(SMFIF.CHGFROM, { kind: 'change-from', envelope });
      }
      const action = command === SMFIR.ADDRCPT ? SMFIF.ADDRCPT : SMFIF.ADDRCPT_PAR;
      return modification(action, { kind: 'add-recipient', envelope });
    }
    case SMFIR.DELRCPT: {
      const [address] = strings(command, data, 1);
      return modification(SMFIF.DELRCPT, { kind: 'delete-recipient', address: address! });
    }
    case SMFIR.REPLBODY:
      // Body bytes are not a string: a NUL at their end is theirs.
      return modification(SMFIF.CHGBODY, {
        kind: 'replace-body',
        chunk: data.toString('latin1'),
      });
    case SMFIR.QUARANTINE: {
      const [reason] = strings(command, data, 1);
      return modification(SMFIF.QUARANTINE, { kind: 'quarantine', reason: reason! });
    }
    default:
      throw new PlayFailure('protocol-error', `unknown answer ${letter(command)}`);
  }
}

function modification(action: number, what: Modification): MilterWord {
  return { type: 'modification', modification: what, action };
}

function inLatin1({ name, value }: Header): { readonly name: string; readonly value: string } {
  return { name, value: value.toString('latin1') };
}

/** The strings of a packet, at least `wanted` of them, each ended by NUL. */
function strings(command: number, data: Buffer, wanted: number): string[] {
  const parts = data.toString('latin1').split('\0');
  const unfinished = parts.pop();
  if (unfinished !== '' || parts.length < wanted) throw malformed(command);
  return parts;
}

/** Text up to its NUL; libmilter sends one, others forget it. */
function text(data: Buffer): string {
  return data.toString('latin1').replace(/\0$/, '');
}

function malformed(command: number): PlayFailure {
  return new PlayFailure('protocol-error', `malformed answer ${letter(command)}`);
}

function letter(command: number): string {
  const hex = command.toString(16).padStart(2, '0');
  return command > 0x20 && command < 0x7f
    ? `'${String.fromCharCode(command)}' (0x${hex})`
    : `0x${hex}`;
}
