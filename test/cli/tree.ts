/** A fresh Debian as a directory: nothing but the name of the system. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Tree {
  readonly root: string;
  remove(): void;
}

export function freshDebian(): Tree {
  const root = mkdtempSync(join(tmpdir(), 'fresh-debian-'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(
    join(root, 'etc/os-release'),
    'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  );
  return { root, remove: () => rmSync(root, { recursive: true }) };
}
