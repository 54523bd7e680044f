/** A host of a few files, on which `service NAME status` and `systemctl is-active` know what runs. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Host } from '../../src/host/host.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { afterThisFile } from '../cleanup.ts';

export type Files = Readonly<Record<string, string | { readonly to: string }>>;

/** A path that ends in `/` is a directory. Programs (below a bin directory) and scripts (rc.d, init.d) can be run. */
export function standInHost(files: Files, running: readonly string[] = []): Host {
  const root = mkdtempSync(join(tmpdir(), 'plan-'));
  afterThisFile(() => rmSync(root, { recursive: true }));
  chmodSync(root, 0o755);
  for (const [path, content] of Object.entries(files)) {
    const at = join(root, path);
    mkdirSync(path.endsWith('/') ? at : dirname(at), { recursive: true });
    if (path.endsWith('/')) continue;
    if (typeof content !== 'string') symlinkSync(content.to, at);
    else writeFileSync(at, content, 'latin1');
    if (/\/(?:s?bin|rc\.d|init\.d)\/[^/]+$/.test(path)) chmodSync(at, 0o755);
  }
  return {
    ...openTreeHost(root),
    runs: true,
    run: (argv) => {
      const service = argv.includes('status') ? argv.at(-2) : argv.at(-1);
      const exitCode = running.includes(service ?? '') ? 0 : 3;
      return Promise.resolve({ argv, exitCode, stdout: '', stderr: '' });
    },
  };
}

export const DEBIAN: Files = {
  '/etc/os-release':
    'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13"\nNAME="Debian GNU/Linux"\n',
  '/usr/bin/node': '',
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\npostfix:x:100:100::/:/usr/sbin/nologin\n',
  '/etc/group': 'root:x:0:\npostfix:x:100:\nclamav:x:101:\n',
};

export const FREEBSD: Files = {
  '/bin/freebsd-version': 'USERLAND_VERSION="10.0-RELEASE"\n',
  '/usr/local/bin/node': '',
  '/etc/defaults/rc.conf': 'sendmail_enable="NO"\n',
  '/etc/passwd': 'root:*:0:0::/root:/bin/csh\npostfix:*:125:125::/:/usr/sbin/nologin\n',
  '/etc/group': 'wheel:*:0:root\nmail:*:6:\npostfix:*:125:\n',
};
