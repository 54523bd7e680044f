/** Undo on a booted host where things are wrong, what plan and journal say of each other, and an ordinary user's look. */
import fs from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { redactedDiff } from '../../src/edit/unified-diff.ts';
import { whyNoHosts, type BootedHost, type Outcome } from './host.ts';
import { differences, listPaths } from './listing.ts';
import type { Package } from './package.ts';
import {
  bootTrustHost,
  changesBetween,
  installPackages,
  journalOf,
  planOf,
  runCount,
  stateOf,
  type HostState,
  type PlanJson,
} from './trusted-host.ts';

const missing = whyNoHosts();
const MADE = ['/var/spool/postfix/milter-manager', '/var/lib/milter-manager', '/srv'];
const MAIN_CF = '/etc/postfix/main.cf';
const GREYLIST = '/etc/milter-greylist/greylist.conf';
const WATCHED = ['/etc', '/usr/local', '/var/lib/milter-setup'];

describe.skipIf(missing !== undefined)(`trust on Debian 13 ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;
  let before: HostState;

  beforeAll(async () => {
    ({ host, tarball } = await bootTrustHost('tru-undo', 103));
    await installPackages(host, await planOf(tarball));
    before = await stateOf(host, MADE);
  });
  afterAll(() => host.down());

  const inside = (path: string) => join(host.root, path);
  const text = (path: string) => host.read(path).toString('latin1');
  const apply = async () => {
    const { exitCode, output } = await tarball.setup('--yes');
    expect(exitCode, output).toBe(0);
  };
  const undo = (...words: readonly string[]) => tarball.setup('undo', '--yes', ...words);
  const expectAsBefore = async ({ exitCode, output }: Outcome) => {
    expect(exitCode, output).toBe(0);
    expect(changesBetween(before, await stateOf(host, MADE))).toEqual([]);
  };

  describe('an ordinary user', () => {
    const asNobody = (...words: readonly string[]) => {
      const become = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'];
      const argv = ['npx', '--yes', '--package=/tmp/milter-setup.tgz', '--', 'milter-setup'];
      return host.exec(...become, 'env', 'HOME=/tmp/nobody', ...argv, ...words);
    };
    beforeAll(async () => {
      await host.run('sh', '-c', 'install -m 644 /root/milter-setup-*.tgz /tmp/milter-setup.tgz');
      await host.run('install', '-d', '-o', 'nobody', '/tmp/nobody');
      fs.chmodSync(inside(GREYLIST), 0o600);
    });
    afterAll(() => fs.chmodSync(inside(GREYLIST), 0o644));

    it('sees the plan as far as files may be read, and which may not', async () => {
      const watched = listPaths(host, WATCHED);
      const { exitCode, stdout, output } = await asNobody('plan');
      expect(exitCode, output).toBe(3);
      expect(stdout).toContain(`+++ ${MAIN_CF}`);
      expect(stdout).not.toContain(`+++ ${GREYLIST}`);
      expect(stdout.split('\nNotes\n')[1]?.replaceAll(/\s+/g, ' ')).toContain(
        `you may not read ${GREYLIST}`,
      );
      const json = JSON.parse((await asNobody('plan', '--json')).stdout) as PlanJson;
      expect(json.notes.join('\n')).toContain(GREYLIST);
      expect(differences(watched, listPaths(host, WATCHED))).toEqual([]);
    });

    it('sees the status, and the findings of doctor', async () => {
      const status = await asNobody('status');
      expect(status.exitCode, status.output).toBe(0);
      expect(status.output).toContain(`you may not read ${GREYLIST}`);
      const doctor = await asNobody('doctor');
      expect(doctor.exitCode, doctor.output).toBe(3);
      expect(doctor.output).toContain('the milter manager is not installed');
    });

    it('may not change anything: 77 and the line to type', async () => {
      for (const words of [['--yes'], ['undo', '--yes']]) {
        const { exitCode, output } = await asNobody(...words);
        expect(exitCode, output).toBe(77);
        expect(output).toMatch(/^sudo (npx )?milter-setup/m);
      }
    });
  });

  describe('plan, journal and run', () => {
    let plan: PlanJson;
    beforeAll(async () => {
      plan = await planOf(tarball);
      await apply();
    });

    const plain = (value: unknown) =>
      JSON.stringify(value ?? null).replaceAll(/probe-[0-9a-z]+-/g, 'probe-');

    it('are the same', () => {
      const noted = journalOf(host).flatMap(({ type, change }) =>
        type === 'intend' && change !== undefined ? [change] : [],
      );
      const done = journalOf(host).filter(({ type }) => type === 'done');
      expect(done).toHaveLength(noted.length);
      expect(noted.map(({ title, why }) => [title, why])).toEqual(
        plan.changes.map(({ title, why }) => [title, why]),
      );
      for (const [index, change] of noted.entries()) {
        const planned = plan.changes[index]!;
        expect([change.title, plain(change.commands)]).toEqual([
          planned.title,
          plain(planned.commands),
        ]);
        if (change.kind !== 'write-file' || planned.summary !== undefined) continue;
        const diff = redactedDiff(change.path!, change.before, change.after, change.secrets ?? []);
        expect(Buffer.from(diff, 'latin1').toString()).toBe(planned.diff);
        expect(text(change.path!)).toBe(change.after);
      }
    });

    it('each change has its why', () => {
      expect(plan.changes.filter(({ why }) => !/^[A-Z].{10,}\.$/s.test(why))).toEqual([]);
    });

    it('nobody else may read the journal', () => {
      const checkpoints = fs.statSync(inside('/var/lib/milter-setup/checkpoints'));
      expect(checkpoints.mode & 0o777).toBe(0o700);
    });

    it('the JSON of what only shows is versioned', async () => {
      for (const words of [['status'], ['undo', '--list'], ['doctor'], ['plan']]) {
        const { stdout } = await tarball.setup(...words, '--json');
        expect(JSON.parse(stdout)).toMatchObject({ schema: 1 });
      }
    });

    it('undo gives the host back', async () => {
      await expectAsBefore(await undo());
    });
  });

  describe('undo', () => {
    it('with Postfix stopped, without a network, and without the cache of npx', async () => {
      await apply();
      await host.run('systemctl', 'stop', 'postfix');
      await host.run('rm', '-rf', '/root/.npm');
      const ended = await host.offline(() => undo());
      expect(ended.exitCode, ended.output).toBe(0);
      expect((await host.exec('systemctl', 'is-active', 'postfix')).stdout.trim()).toBe('inactive');
      await host.run('systemctl', 'start', 'postfix');
      await expectAsBefore(ended);
    });

    it('is refused where main.cf was broken by hand, with the difference; --force keeps theirs', async () => {
      await apply();
      const theirs = `${text(MAIN_CF)}this is no setting\n`;
      fs.appendFileSync(inside(MAIN_CF), 'this is no setting\n');
      const watched = listPaths(host, WATCHED);
      const refused = await undo();
      expect(refused.exitCode).toBe(1);
      expect(refused.output).toMatch(/^\+this is no setting$/m);
      expect(refused.output).toContain('--force');
      expect(differences(watched, listPaths(host, WATCHED))).toEqual([]);
      const error = JSON.parse((await undo('--json')).stdout) as object;
      expect(error).toMatchObject({ schema: 1, error: { code: 'changed-since', exitCode: 1 } });

      const forced = await undo('--force');
      const saved = /saved what was there: (\S+)/.exec(forced.output)?.[1] ?? '';
      expect(saved).toMatch(/^\/etc\/postfix\/main\.cf\.milter-setup-/);
      expect(text(saved)).toBe(theirs);
      fs.rmSync(inside(saved));
      await expectAsBefore(forced);
    });

    it('says with 4 what could not be undone, undoes the rest, and can be finished', async () => {
      await apply();
      // userdel refuses while somebody is logged in, so to say.
      const argv = ['setpriv', '--reuid=milter-manager', '--clear-groups', 'sleep', '300'];
      await host.run('systemd-run', '--unit=sleeper', ...argv);
      const { exitCode, output, stdout } = await undo('--json');
      expect(exitCode, output).toBe(4);
      const said = JSON.parse(stdout) as {
        notUndone: readonly { title: string; reason: string }[];
      };
      expect(said.notUndone.map(({ title }) => title)).toEqual([
        'create the user milter-manager and its group',
      ]);
      expect(said.notUndone[0]?.reason).toContain('currently used by process');
      expect(host.exists('/usr/local/sbin/milter-manager')).toBe(false);
      await host.run('systemctl', 'stop', 'sleeper');
      await expectAsBefore(await undo());
    });

    it('waits for nobody: another run at work is 5, and is named', async () => {
      const runs = runCount(host);
      const first = tarball.setup('--yes');
      while (runCount(host) === runs) await new Promise((resolve) => setTimeout(resolve, 20));
      const second = await tarball.setup('--yes', '--json');
      const third = await undo();
      expect((await first).exitCode, (await first).output).toBe(0);
      expect(second.exitCode, second.output).toBe(5);
      expect(JSON.parse(second.stdout.slice(second.stdout.lastIndexOf('\n{') + 1))).toMatchObject({
        schema: 1,
        error: { code: 'locked', exitCode: 5 },
      });
      expect(third.exitCode).toBe(5);
      expect(third.output).toMatch(/milter-setup setup \(process \d+, since \S+\) is at work/);
      await expectAsBefore(await undo());
    });
  });

  describe('a file keeps', () => {
    const LABEL = 'system_u:object_r:etc_t:s0';
    const labels = (path: string) =>
      execFileSync('getfattr', ['-dm', '-', '--absolute-names', inside(path)]).toString();
    const acl = (path: string) => execFileSync('getfacl', ['-cpnE', inside(path)]).toString();
    afterEach(async () => {
      await undo();
    });

    it('its access control list and its SELinux label, changed and given back', async () => {
      execFileSync('setfacl', ['-m', 'u:12345:rw', inside(GREYLIST)]);
      execFileSync('setfattr', ['-n', 'security.selinux', '-v', LABEL, inside(GREYLIST)]);
      const were = [labels(GREYLIST), acl(GREYLIST)];
      expect(were.join('\n')).toMatch(/etc_t[^]*user:12345:rw-/);
      const stock = text(GREYLIST);
      await apply();
      expect(text(GREYLIST)).not.toBe(stock);
      expect([labels(GREYLIST), acl(GREYLIST)]).toEqual(were);
      expect((await undo()).exitCode).toBe(0);
      expect(text(GREYLIST)).toBe(stock);
      expect([labels(GREYLIST), acl(GREYLIST)]).toEqual(were);
      execFileSync('setfacl', ['-b', inside(GREYLIST)]);
      execFileSync('setfattr', ['-x', 'security.selinux', inside(GREYLIST)]);
    });

    it('its place behind a link', async () => {
      fs.mkdirSync(inside('/srv/mail'));
      fs.renameSync(inside(MAIN_CF), inside('/srv/mail/main.cf'));
      fs.symlinkSync('/srv/mail/main.cf', inside(MAIN_CF));
      const linked = await stateOf(host, MADE);
      await apply();
      expect(fs.readlinkSync(inside(MAIN_CF))).toBe('/srv/mail/main.cf');
      expect(text('/srv/mail/main.cf')).toContain('smtpd_milters = unix:');
      expect(fs.readdirSync(inside('/srv/mail'))).toEqual(['main.cf']);
      expect((await undo()).exitCode).toBe(0);
      expect(changesBetween(linked, await stateOf(host, MADE))).toEqual([]);
    });
  });
});
