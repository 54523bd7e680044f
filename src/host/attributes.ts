/**
 * What Node has no words for: access control lists, SELinux labels and other extended attributes. cp carries them:
 * GNU's by `--preserve=all` (which, unlike naming them, does not fail where the system has none), FreeBSD's by `-p`.
 */
import fs from 'node:fs';
import { execaSync } from 'execa';

/**
 * Makes `to` with the owner, mode, ACLs and labels of the file `from`; its content is undefined, its times too.
 * Where there is no cp, owner and mode alone. Owners are kept as far as we may give files away.
 */
export function copyAttributes(from: string, to: string): void {
  if (copied(['--attributes-only', '--preserve=all', '-T', '--', from, to])) return;
  copyFaithfully(from, to);
}

/** Copies the file `from` with everything. `to` must not exist. */
export function copyFaithfully(from: string, to: string): void {
  if (copied(['--preserve=all', '-T', '--', from, to]) || copied(['-p', from, to])) return;
  const { uid, gid, mode, atime, mtime } = fs.statSync(from);
  fs.copyFileSync(from, to);
  if (process.geteuid?.() === 0) fs.chownSync(to, uid, gid);
  fs.chmodSync(to, mode & 0o7777);
  fs.utimesSync(to, atime, mtime);
}

function copied(argv: readonly string[]): boolean {
  const { exitCode } = execaSync('cp', argv, { reject: false, stdio: 'ignore', timeout: 60_000 });
  if (exitCode === 0) return true;
  fs.rmSync(argv.at(-1)!, { force: true });
  return false;
}
