/**
 * The layout of what children want changed. Where one byte is missing or left over, Postfix gives the whole manager up, and
 * takes the next mail of the session unfiltered where its default action is to accept.
 */
import { MILTER_CHUNK_SIZE, SMFIR } from '../../protocol/constants.ts';
import { stringsIn } from '../../protocol/strings.ts';
import type { Packet } from '../../protocol/packet-reader.ts';

/** Of data, less the space that a value may get where the MTA keeps leading spaces. */
const LONGEST = MILTER_CHUNK_SIZE - 1;

/** INSHEADER and CHGHEADER have a 4-byte index before the name. */
const INDEX_BYTES = 4;

/** Whether a modification is one that an MTA can read. A replaced body may have any length: it goes on in pieces. */
export function isWellFormed({ command, data }: Packet): boolean {
  if (command === SMFIR.REPLBODY) return true;
  if (data.length > LONGEST) return false;
  switch (command) {
    case SMFIR.ADDHEADER:
      return isHeader(data);
    case SMFIR.INSHEADER:
    case SMFIR.CHGHEADER:
      return data.length > INDEX_BYTES && isHeader(data.subarray(INDEX_BYTES));
    case SMFIR.ADDRCPT:
    case SMFIR.DELRCPT:
      return stringsIn(data) === 1;
    case SMFIR.ADDRCPT_PAR:
    case SMFIR.CHGFROM: {
      const strings = stringsIn(data);
      return strings === 1 || strings === 2;
    }
    case SMFIR.QUARANTINE:
      // MTAs take the reason as it is, with its NUL or without.
      return true;
    default:
      return false;
  }
}

/** A name that is not empty, and a value. */
function isHeader(data: Buffer): boolean {
  return data[0] !== 0 && stringsIn(data) === 2;
}
