/** Files that root may read at the start, and the manager's own user not at a reload. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Configuration } from '../../src/manager-config/config.ts';
import { configurationLoader, type LoadConfiguration } from '../../src/manager-config/load.ts';

const CONF = '/etc/milter-greylist/greylist.conf';
const UNIT = '/usr/lib/systemd/system/milter-greylist.service';
const LINK = '/etc/systemd/system/multi-user.target.wants/milter-greylist.service';
const NOBODY = 65534;
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rights-'));
  chmodSync(root, 0o755);
  file('/etc/os-release', 'ID=debian\n');
  file(UNIT, '[Service]\nExecStart=/usr/sbin/milter-greylist -D\n');
  file(CONF, 'socket "/run/greylist.sock"\n');
  mkdirSync(join(root, dirname(LINK)), { recursive: true });
  symlinkSync(UNIT, join(root, LINK));
});
afterEach(() => rmSync(root, { recursive: true }));

function file(path: string, text: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Loads as a user who is not root. */
function asOrdinaryUser(load: LoadConfiguration): Configuration {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(NOBODY);
  try {
    return load();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

const greylist = ({ milters }: Configuration) =>
  milters.map(({ name, enabled, connection_spec }) => ({ name, enabled, connection_spec }));
const AS_AT_START = [
  {
    name: 'milter-greylist',
    enabled: true,
    connection_spec: { kind: 'unix', path: '/run/greylist.sock' },
  },
];

it.each([CONF, dirname(CONF)])('a reload that may not read %s keeps the milter', (path) => {
  const load = configurationLoader({ root });
  expect(greylist(load())).toEqual(AS_AT_START);
  chmodSync(join(root, path), 0);
  const reloaded = asOrdinaryUser(load);
  chmodSync(join(root, path), 0o755);
  expect(greylist(reloaded)).toEqual(AS_AT_START);
  expect(reloaded.warnings).toContainEqual(
    expect.stringMatching(/greylist\.conf cannot be read: permission denied; it counts as it was/),
  );
});

it('what it may read is read anew: a milter that was disabled is disabled', () => {
  const load = configurationLoader({ root });
  load();
  chmodSync(join(root, CONF), 0);
  rmSync(join(root, LINK));
  expect(asOrdinaryUser(load).milters).toMatchObject([{ enabled: false }]);
});

it('what could never be read leaves the milter out, and says so', () => {
  chmodSync(join(root, CONF), 0);
  const { milters, warnings } = asOrdinaryUser(configurationLoader({ root }));
  expect(milters).toMatchObject([{ enabled: false }]);
  expect(warnings).toContainEqual(`${CONF} cannot be read: permission denied`);
});
