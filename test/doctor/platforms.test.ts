/** Doctor on the other platforms, right after the wizard has set them up: it must not cry wolf. */
import { expect, it } from 'vitest';
import { centos6, freebsd, freebsd10, redhat } from '../platforms/trees.ts';
import type { StandInHost } from '../platforms/stand-in-session.ts';
import { rowsToRun } from '../every-row.ts';
import type { Found } from './tree.ts';

const MORE = ['--milters', 'opendkim,opendmarc,spf,clamav', '--dkim-domain', 'example.com'];
const confined = () => {
  const host = centos6('SELINUX=enforcing\n');
  host.set('selinux');
  return host;
};

const ROWS: readonly (readonly [string, () => StandInHost, readonly string[]])[] = [
  ['FreeBSD 10', freebsd10, []],
  ['FreeBSD 14', () => freebsd('14.2'), MORE],
  ['CentOS 6 with SELinux', confined, []],
  ['AlmaLinux 9', () => redhat('AlmaLinux 9'), MORE],
  ['RHEL 8', () => redhat('RHEL 8'), []],
];

it.each(rowsToRun(ROWS, 'AlmaLinux 9'))(
  '%s',
  { timeout: 120_000 },
  async (_name, grow, options) => {
    const host = grow();
    expect((await host.type('--yes', ...options)).code).toBe(0);
    const { code, text } = await host.type('doctor', '--json');
    const { findings } = JSON.parse(text.slice(text.indexOf('{\n  "schema"'))) as {
      readonly findings: readonly Found[];
    };
    const bad = findings.filter(({ grade }) => grade === 'error' || grade === 'warning');
    expect(bad).toEqual([]);
    expect(code).toBe(0);
  },
);
