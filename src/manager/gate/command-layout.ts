/** The layout of the MTA's commands. A child may close, or die, of one that is cut off: none goes further than here. */
import { SMFIA, SMFIC } from '../../protocol/constants.ts';
import { stringsIn } from '../../protocol/strings.ts';
import type { Packet } from '../../protocol/packet-reader.ts';

/** Family and port, before the address. */
const ADDRESS_HEAD = 3;

/** Whether a command has the layout that the protocol gives it; true for letters that it does not know. */
export function isWellFormedCommand(packet: Packet): boolean {
  const { command } = packet;
  // Most packets: their bytes are not looked into.
  if (command === SMFIC.BODY || command === SMFIC.BODYEOB) return true;
  const { data } = packet;
  switch (command) {
    case SMFIC.CONNECT:
      return isConnect(data);
    case SMFIC.HELO:
    case SMFIC.UNKNOWN:
      return stringsIn(data) === 1;
    case SMFIC.MAIL:
    case SMFIC.RCPT:
      return stringsIn(data) !== undefined;
    case SMFIC.HEADER:
      return data[0] !== 0 && stringsIn(data) === 2;
    case SMFIC.MACRO:
      return isMacro(data);
    case SMFIC.DATA:
    case SMFIC.EOH:
    case SMFIC.ABORT:
    case SMFIC.QUIT:
    case SMFIC.QUIT_NC:
      return data.length === 0;
    default:
      return true;
  }
}

/** Host name, family; for all but the unknown family a port and an address. */
function isConnect(data: Buffer): boolean {
  const nul = data.indexOf(0);
  if (nul < 0) return false;
  switch (data[nul + 1] ?? 0) {
    case SMFIA.UNKNOWN:
      return data.length === nul + 2;
    case SMFIA.INET:
    case SMFIA.INET6:
    case SMFIA.UNIX:
      return stringsIn(data.subarray(nul + 1 + ADDRESS_HEAD)) === 1;
    default:
      return false;
  }
}

/** A command's letter, and names with their values. */
function isMacro(data: Buffer): boolean {
  return data.length === 1 || (data.length > 1 && (stringsIn(data.subarray(1)) ?? 1) % 2 === 0);
}
