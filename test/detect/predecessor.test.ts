/** The C milter-manager is found by its files, and never taken for ours, which has the same name. */
import { describe, expect, it } from 'vitest';
import { findPredecessor } from '../../src/predecessor/predecessor.ts';
import { hostOf } from './host-of.ts';

const UNIT = '/usr/lib/systemd/system/milter-manager.service';
const CONF = '/etc/milter-manager/milter-manager.conf';
const PROGRAM = { '/usr/sbin/milter-manager': '\x7fELF' };
const unit = (start: string) =>
  `[Service]\nEnvironmentFile=-/etc/default/milter-manager\nExecStart=${start}\n`;
const specs = (files: Parameters<typeof hostOf>[0]) =>
  findPredecessor(hostOf(files), 'debian')?.specs.map(({ value, source }) => `${value} ${source}`);

describe('whether it is there', () => {
  it('is told by its program, or by its files with a service', () => {
    expect(findPredecessor(hostOf(PROGRAM), 'debian')).toMatchObject({
      program: '/usr/sbin/milter-manager',
      service: 'milter-manager',
      enabled: false,
    });
    const files = { [CONF]: '', [UNIT]: unit('/opt/mm/sbin/milter-manager') };
    expect(findPredecessor(hostOf(files), 'debian')).toMatchObject({ program: undefined });
  });

  it('is not told by what an uninstalled package leaves', () => {
    expect(findPredecessor(hostOf({ [CONF]: '' }), 'debian')).toBeUndefined();
    expect(findPredecessor(hostOf({}), 'freebsd')).toBeUndefined();
  });

  it('is not told by our own program in its place', () => {
    const ours = {
      '/usr/local/sbin/milter-manager': '#!/usr/local/bin/node\n',
      '/etc/rc.conf': '',
    };
    expect(findPredecessor(hostOf(ours), 'freebsd')).toBeUndefined();
    const theirs = { '/usr/local/sbin/milter-manager': '\x7fELF' };
    expect(findPredecessor(hostOf(theirs), 'freebsd')).toBeDefined();
  });

  it('counts as enabled by the link that starts it', () => {
    const files = {
      ...PROGRAM,
      [UNIT]: unit('/usr/sbin/milter-manager'),
      '/etc/systemd/system/multi-user.target.wants/milter-manager.service': { to: UNIT },
    };
    expect(findPredecessor(hostOf(files), 'debian')?.enabled).toBe(true);
  });
});

describe('where it listens', () => {
  const BUILT_IN = 'unix:/run/milter-manager/milter-manager.sock built into milter-manager';

  it('is what its packages have where nobody says otherwise', () => {
    expect(specs(PROGRAM)).toEqual([BUILT_IN]);
  });

  it('is said by its service before its files', () => {
    expect(
      specs({
        ...PROGRAM,
        [UNIT]: unit('/usr/sbin/milter-manager --daemon $OPTION_ARGS'),
        '/etc/default/milter-manager':
          'CONNECTION_SPEC=unix:/var/spool/postfix/mm.sock\nOPTION_ARGS="-s inet:10025@localhost"\n',
        [CONF]: 'manager.connection_spec = "unix:/run/mm.sock"\n',
      }),
    ).toEqual([
      'inet:10025@localhost /etc/default/milter-manager:2',
      'unix:/var/spool/postfix/mm.sock /etc/default/milter-manager:1',
      `unix:/run/mm.sock ${CONF}:1`,
      BUILT_IN,
    ]);
  });
});

it('says which of its files nothing loads', () => {
  const local = '/etc/milter-manager/milter-manager.local.conf';
  const xml = '/etc/milter-manager/milter-manager.custom.conf';
  const files = { ...PROGRAM, [CONF]: 'load_default\n', [local]: 'a.b = 1\n', [xml]: '<x/>' };
  expect(findPredecessor(hostOf(files), 'debian')?.unread).toEqual([xml, local]);
});
