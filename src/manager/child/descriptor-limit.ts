/** How many sessions the limit of open files has room for: above, connections would be closed unanswered. */
import { readFileSync } from 'node:fs';

/** Node's own files, the log, the listening socket, the metrics. */
const RESERVED = 40;

/** What one session opens besides its children: the MTA's connection, and a spool file. */
const OWN = 2;

/** What is left for sessions that are put off, of all that sessions have: each of them opens one. */
const FOR_PUT_OFF = 1 / 3;

export interface Room {
  readonly sessions: number;
  /** Beyond them, those that are told to come again. */
  readonly putOff: number;
}

/** @param milters asked in every session. Infinity where the system does not tell its limit. */
export function roomFor(milters: number): Room {
  const files = openFilesLimit() - RESERVED;
  const putOff = Math.max(1, Math.floor(files * FOR_PUT_OFF));
  return { sessions: Math.max(1, Math.floor((files - putOff) / (milters + OWN))), putOff };
}

/** Node raises the soft limit to the hard one when it starts, so the first column is what we have. */
function openFilesLimit(): number {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return line ? Number(line[1]) : Infinity;
  } catch {
    return Infinity;
  }
}
