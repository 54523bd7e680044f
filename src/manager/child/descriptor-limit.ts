/** How many sessions the limit of open files has room for: above, the kernel would close connections unanswered. */
import { readFileSync } from 'node:fs';

/** Node's own files, the log, the listening socket, the metrics. */
const RESERVED = 40;

/** What one session opens besides its children: the MTA's connection, and a spool file. */
const OWN = 2;

/** @param milters asked in every session. Infinity where the system does not tell its limit. */
export function sessionsThatFit(milters: number): number {
  const files = openFilesLimit();
  return Math.max(1, Math.floor((files - RESERVED) / (milters + OWN)));
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
