/**
 * The documents' last part, done by hand with the system's own commands: after a reload the manager knows, and main.cf is
 * as it was. The manager is the installed program, asked for what it would do with these files.
 */
import { describe, expect, it } from 'vitest';
import { rowsToRun } from '../every-row.ts';
import type { StandInHost } from './stand-in-session.ts';
import { centos6, freebsd, freebsd10, redhat } from './trees.ts';
import { complaint } from './whole-life.ts';

const PATIENCE = { timeout: 120_000 };

interface ByHand {
  readonly mainCf: string;
  readonly off: (host: StandInHost) => Promise<readonly number[]>;
  readonly on: (host: StandInHost) => Promise<readonly number[]>;
}

/** Types one command after the other. @returns their exit codes */
async function typed(host: StandInHost, ...lines: readonly string[]): Promise<readonly number[]> {
  const codes: number[] = [];
  for (const line of lines) codes.push((await host.command(...line.split(' '))).exitCode);
  return codes;
}

function setVariable(host: StandInHost, value: 'YES' | 'NO'): void {
  const text = host.read('etc/rc.conf');
  host.write('etc/rc.conf', text.replace(/^(miltergreylist_enable=).*$/m, `$1"${value}"`));
}

const FREEBSD: ByHand = {
  mainCf: 'usr/local/etc/postfix/main.cf',
  async off(host) {
    const stopped = await typed(host, 'service milter-greylist stop');
    setVariable(host, 'NO');
    return [...stopped, ...(await typed(host, 'service milter-manager reload'))];
  },
  async on(host) {
    setVariable(host, 'YES');
    return typed(host, 'service milter-greylist start', 'service milter-manager reload');
  },
};

const CHKCONFIG = (off: string, on: string): ByHand => ({
  mainCf: 'etc/postfix/main.cf',
  off: (host) => typed(host, 'service milter-greylist stop', off, 'service milter-manager reload'),
  on: (host) => typed(host, on, 'service milter-greylist start', 'service milter-manager reload'),
});

const SYSTEMCTL: ByHand = {
  mainCf: 'etc/postfix/main.cf',
  off: (host) =>
    typed(
      host,
      ...['systemctl stop milter-greylist', 'systemctl disable milter-greylist'],
      'systemctl reload milter-manager',
    ),
  on: (host) =>
    typed(
      host,
      ...['systemctl enable milter-greylist', 'systemctl start milter-greylist'],
      'systemctl reload milter-manager',
    ),
};

const ROWS: readonly (readonly [string, () => StandInHost, ByHand])[] = [
  ['FreeBSD 10: rc.conf', freebsd10, FREEBSD],
  ['FreeBSD 14: rc.conf', () => freebsd('14.2'), FREEBSD],
  [
    'CentOS 6: chkconfig off',
    () => centos6(undefined),
    CHKCONFIG('chkconfig milter-greylist off', 'chkconfig milter-greylist on'),
  ],
  [
    'CentOS 6: chkconfig --del, as in the document',
    () => centos6(undefined),
    CHKCONFIG('chkconfig --del milter-greylist', 'chkconfig milter-greylist on'),
  ],
  ['AlmaLinux 9: systemctl disable', () => redhat('AlmaLinux 9'), SYSTEMCTL],
];

/** Whether the manager would use it, by `milter-manager --show-config`. */
async function manages(host: StandInHost, milter: string): Promise<boolean> {
  const { stdout, stderr } = await host.command('milter-manager', '--show-config');
  const block = new RegExp(`define_milter\\("${milter}"\\)[^]*?\\nend`).exec(stdout)?.[0];
  expect(block, stderr).toBeDefined();
  return /^\s*milter\.enabled = true$/m.test(block!);
}

describe.each(rowsToRun(ROWS, 'CentOS 6: chkconfig --del, as in the document'))(
  'turned off by hand on %s',
  (_, make, { mainCf, off, on }) => {
    it('is noticed by the manager and by us, and turned on again by both', PATIENCE, async () => {
      const host = make();
      const { code, text } = await host.type('--yes', '--milters', 'greylist,spamass');
      expect(code, complaint(text)).toBe(0);
      const before = host.read(mainCf);
      const managed = async () => [
        await manages(host, 'milter-greylist'),
        await manages(host, 'spamass-milter'),
      ];
      expect(await managed()).toEqual([true, true]);

      expect(new Set(await off(host))).toEqual(new Set([0]));
      expect(await managed()).toEqual([false, true]);
      expect((await host.type('status')).text).toMatch(/^milter-greylist\s+yes\s+no\s+no\s/m);

      expect(new Set(await on(host))).toEqual(new Set([0]));
      expect(await managed()).toEqual([true, true]);

      const milter = [host, 'milter-greylist'] as const;
      await typeVerb('disable', ...milter);
      expect([host.runs('milter-greylist'), await manages(...milter)]).toEqual([false, false]);
      await typeVerb('enable', ...milter);
      expect([host.runs('milter-greylist'), await manages(...milter)]).toEqual([true, true]);
      await typeVerb('remove', ...milter);
      const removed = host.ran().filter((line) => /^(?:pkg delete|(?:yum|dnf) remove)/.test(line));
      expect(removed).toHaveLength(1);
      expect(host.read(mainCf)).toBe(before);
    });
  },
);

async function typeVerb(verb: string, host: StandInHost, milter: string): Promise<void> {
  const { code, text } = await host.type(verb, milter, '--yes');
  expect(code, complaint(text)).toBe(0);
}
