/** The file with the process number that init scripts read. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/**
 * Whoever finds the file finds the number in it: an init script asks as soon as it is there. It is made anew, for a link
 * that another user has put there must not lead root to another file.
 */
export function writePid(path: string): void {
  const making = `${path}.new`;
  rmSync(making, { force: true });
  const file = openSync(making, 'wx', 0o644);
  writeSync(file, `${process.pid}\n`);
  closeSync(file);
  renameSync(making, path);
}

/** Takes it away, unless root's directory keeps it after the rights for it were given up. */
export function removePid(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The init script takes it away, or finds that nobody has the number.
  }
}
