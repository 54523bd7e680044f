import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.ts';
import { beginRun } from '../../src/apply/run.ts';
import { lastWritten } from '../../src/apply/state.ts';
import { listCheckpoints, undoNewest } from '../../src/apply/undo.ts';
import type { Host } from '../../src/host/host.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import type { Change } from '../../src/change/change.ts';
import {
  commandChange,
  COMMANDS,
  MAIN_CF,
  makeHost,
  PACKAGES,
  REST,
  snapshot,
  STATE,
  writeChange,
} from './small-host.ts';

let root: string;
let host: Host;
let events: ApplyEvent[];
const setup = (): { stateDirectory: string; verb: string; events: (e: ApplyEvent) => void } => ({
  stateDirectory: STATE,
  verb: 'add',
  events: (event) => events.push(event),
});

beforeEach(() => {
  root = makeHost();
  host = openTreeHost(root, COMMANDS);
  events = [];
});

afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

const text = (path: string): string => fs.readFileSync(join(root, path), 'latin1');
const told = (kind: ApplyEvent['kind']): readonly string[] =>
  events.filter((event) => event.kind === kind).map(({ change }) => change.title);

async function failure(action: Promise<unknown>): Promise<SetupError> {
  const error: unknown = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SetupError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

async function applyAll(): Promise<void> {
  const run = beginRun(host, setup());
  await run.apply(PACKAGES);
  await run.apply(REST);
  run.finish();
}

describe('a run', () => {
  it('carries out every kind of change, and undo gives the tree back byte for byte', async () => {
    const before = snapshot(root);
    await applyAll();
    expect(text('etc/postfix/main.cf')).toBe(`${MAIN_CF}smtpd_milters = unix:/run/milter\n`);
    expect(text('srv/greylist.conf')).toBe('racl\n');
    expect(fs.readlinkSync(join(root, 'etc/greylist.conf'))).toBe('/srv/greylist.conf');
    expect(text('etc/group')).toBe('root:x:0:\npostfix:x:89:\nmilter:x:950:postfix\n');
    expect(fs.existsSync(join(root, 'etc/cron.old'))).toBe(false);
    expect(host.stat('/etc/secret')?.mode).toBe(0o600);
    expect(host.stat('/etc/milter.ini')?.mode).toBe(0o640);
    expect(host.stat('/var/lib/milter')?.mode).toBe(0o2770);
    expect(host.stat('/spool')?.mode).toBe(0o1777);
    expect(text('run/spamd')).toBe('running\n');
    expect(told('done')).toEqual([...PACKAGES, ...REST].map(({ title }) => title));

    const result = await undoNewest(host, { ...setup(), packages: true });
    expect(result.notUndone).toEqual([]);
    const changing = [...PACKAGES, ...REST].filter(
      ({ kind }) => kind !== 'check' && kind !== 'prove',
    );
    expect(told('undone')).toEqual(changing.map(({ title }) => title).reverse());
    expect(snapshot(root)).toEqual(before);
    expect(host.stat('/etc/postfix/main.cf')?.mtimeMs).toBe(1_000_000_000_250);
  });

  it.runIf(process.geteuid?.() === 0)('gives files to owners that it has made itself', async () => {
    await applyAll();
    expect(host.stat('/etc/milter.ini')).toMatchObject({ uid: 950, gid: 950 });
    expect(host.stat('/var/lib/milter')).toMatchObject({ uid: 950, gid: 950 });
    expect(host.stat('/etc/postfix/main.cf')).toMatchObject({ uid: 21, gid: 22, mode: 0o640 });
  });

  it('leaves nothing behind where there is nothing to do', async () => {
    const run = beginRun(host, setup());
    await run.apply([
      writeChange({ path: '/etc/secret', before: 'password\n', after: 'password\n' }),
    ]);
    run.finish();
    expect(listCheckpoints(host, STATE)).toEqual([]);
    expect(fs.readdirSync(join(root, STATE))).toEqual([]);
  });

  it('knows what it last wrote, so that a hand edit shows', async () => {
    await applyAll();
    // sha256sum of "racl\n" and of "[manager]\n"
    expect(lastWritten(host, STATE, '/etc/greylist.conf')).toBe(
      '2c808a7f938c7931065bda9724b124d4ee04cac080d7c3f5a1d8a35270b0f9eb',
    );
    expect(lastWritten(host, STATE, '/etc/milter.ini')).toBe(
      'cdbbb12b47fc76fafd5b7909324d045f48895e32ee5d50c3c1b757b0872ea5bb',
    );
    expect(lastWritten(host, STATE, '/etc/cron.old')).toBeUndefined();
    await undoNewest(host, setup());
    expect(lastWritten(host, STATE, '/etc/greylist.conf')).toBeUndefined();
  });

  it.each<[string, Change]>([
    ['edited', writeChange({ path: '/etc/secret', before: 'passwort\n', after: 'x\n' })],
    ['removed', writeChange({ path: '/etc/none', before: 'x\n', after: 'y\n' })],
    ['made', writeChange({ path: '/etc/secret', after: 'y\n' })],
  ])('refuses a file that was %s since the plan was made', async (_how, change) => {
    const before = snapshot(root);
    const run = beginRun(host, setup());
    expect((await failure(run.apply([change]))).code).toBe('changed-meanwhile');
    await run.rollBack();
    expect(snapshot(root)).toEqual(before);
  });

  it('never writes a file that can only be shown yet', async () => {
    const run = beginRun(host, setup());
    const change = writeChange({ path: '/etc/clamd.conf', after: 'x\n', comesWith: 'clamd' });
    expect((await failure(run.apply([...REST, change]))).code).toBe('provisional-change');
    expect(told('started')).toEqual([]);
  });
});

describe('a step that fails', () => {
  const failing = commandChange('run', [['fail', '7', 'E: Could not get lock /var/lib/dpkg/lock']]);

  it('names the change, the command, the exit code, the end of the output and the log', async () => {
    const run = beginRun(host, setup());
    const { code, message, hint } = await failure(run.apply([failing]));
    expect(code).toBe('change-failed');
    expect(message).toContain("fail 7 'E: Could not get lock /var/lib/dpkg/lock'");
    expect(message).toContain('ended with exit code 7');
    expect(message.split('\n').slice(1)).toEqual([
      ...Array.from({ length: 19 }, (_, index) => `  line ${index + 12}`),
      '  E: Could not get lock /var/lib/dpkg/lock',
    ]);
    expect(hint).toContain('Another package manager is at work');
    const log = text(run.logPath!);
    expect(log).toContain("Z $ fail 7 'E: Could");
    expect(log).toContain('| line 1\n');
    expect(host.stat(run.logPath!)?.mode).toBe(0o600);
  });

  it('is undone with all before it, wherever it stands', async () => {
    const before = snapshot(root);
    for (let position = 0; position <= REST.length; position += 3) {
      const run = beginRun(host, setup());
      await run.apply(PACKAGES);
      const changes = [...REST.slice(0, position), failing, ...REST.slice(position)];
      expect((await failure(run.apply(changes))).code).toBe('change-failed');
      const { notUndone } = await run.rollBack();
      expect(notUndone).toEqual([]);
      expect(snapshot(root)).toEqual(before);
    }
    expect(listCheckpoints(host, STATE).map(({ state }) => state)).not.toContain('unfinished');
  });

  it('is a warning where that is tolerated', async () => {
    const run = beginRun(host, setup());
    const change = commandChange('run', []);
    const commands = [
      { argv: ['fail', '1', 'no'], tolerated: 'The old daemon was not running.' },
      { argv: ['service', 'next', 'start'] },
    ];
    await run.apply([{ ...change, commands }]);
    const warning = events.find((event) => event.kind === 'warned');
    expect(warning?.message).toContain('The old daemon was not running.');
    expect(text('run/next')).toBe('running\n');
  });

  it('is tried again where there is patience, and given up when it is over', async () => {
    const change = commandChange('prove', []);
    const run = beginRun(host, setup());
    await run.apply([{ ...change, commands: [{ argv: ['try', '2'], patience: 10 }] }]);
    expect(text('run/tries')).toBe('try\ntry\n');
    const begun = Date.now();
    const hopeless = { ...change, commands: [{ argv: ['try', '99'], patience: 0.5 }] };
    expect((await failure(run.apply([hopeless]))).code).toBe('change-failed');
    expect(Date.now() - begun).toBeLessThan(3000);
  });

  it('says what could not be undone', async () => {
    const run = beginRun(host, setup());
    const stuck = commandChange('run', [['service', 'x', 'start']], [['fail', '3', 'stuck']]);
    await run.apply([writeChange({ path: '/etc/new', after: 'new\n' }), stuck]);
    const { notUndone, undone } = await run.rollBack();
    expect(notUndone.map(({ change, error }) => [change.title, error.code])).toEqual([
      ['service x start', 'change-failed'],
    ]);
    expect(undone.map(({ title }) => title)).toEqual(['Edit /etc/new']);
    expect(listCheckpoints(host, STATE)[0]?.state).toBe('partly-undone');
  });

  it('times out', async () => {
    const run = beginRun(host, setup());
    const change = commandChange('run', []);
    const slow = { ...change, commands: [{ argv: ['slow', '30'], timeout: 0.3 }] };
    expect((await failure(run.apply([slow]))).message).toContain('slow 30 took too long');
  });
});

describe('a requirement', () => {
  const change = commandChange('service', [['service', 'clamd', 'start']]);
  const requires = {
    anyOf: ['/var/db/main.cvd', '/var/db/*.ndb'],
    otherwise: 'no virus signatures yet',
    finish: 'milter-setup enable clamav-milter',
  };

  it('unmet skips the change and says how to finish', async () => {
    fs.writeFileSync(join(root, 'var/db/.ndb'), '');
    const run = beginRun(host, setup());
    await run.apply([{ ...change, requires }]);
    expect(fs.existsSync(join(root, 'run/clamd'))).toBe(false);
    expect(run.skipped.map(({ reason, finish }) => [reason, finish])).toEqual([
      ['no virus signatures yet', 'milter-setup enable clamav-milter'],
    ]);
    expect(told('skipped')).toEqual(['service clamd start']);
  });

  it('unmet runs what keeps the host safe until then', async () => {
    const run = beginRun(host, setup());
    const instead = {
      commands: [{ argv: ['service', 'clamd', 'enable'] }],
      undo: [{ argv: ['service', 'clamd', 'disable'] }],
    };
    await run.apply([{ ...change, requires: { ...requires, instead } }]);
    expect(text('etc/enabled/clamd')).toBe('yes\n');
    expect(fs.existsSync(join(root, 'run/clamd'))).toBe(false);
    expect(run.skipped).toHaveLength(1);
    await run.rollBack();
    expect(fs.existsSync(join(root, 'etc/enabled/clamd'))).toBe(false);
  });

  it.each(['main.cvd', 'local.ndb'])('is met by %s', async (name) => {
    fs.writeFileSync(join(root, 'var/db', name), '');
    const run = beginRun(host, setup());
    await run.apply([{ ...change, requires }]);
    expect(text('run/clamd')).toBe('running\n');
    expect(run.skipped).toEqual([]);
  });
});

describe('on a host where nothing runs', () => {
  it('commands are collected, files written, and owners that are not there yet left', async () => {
    const before = snapshot(root);
    const quiet = openTreeHost(root);
    const run = beginRun(quiet, setup());
    const changes = [...PACKAGES, ...REST].filter(
      (change) => change.kind !== 'write-file' || change.path !== '/etc/spamd.conf',
    );
    await run.apply(changes);
    run.finish();
    expect(run.remaining.map(({ argv }) => argv.join(' '))).toEqual([
      'pkg install spamd clamd',
      'pw groupadd milter',
      'pw useradd milter',
      'pw join postfix milter',
      'chown milter:milter /var/lib/milter',
      'chown milter:milter /spool',
      'chown milter:milter /etc/milter.ini',
      'check /etc/milter.ini manager',
      'service spamd enable',
      'service spamd start',
      'check /run/spamd running',
      'service map enable',
    ]);
    expect(text('srv/greylist.conf')).toBe('racl\n');
    const result = await undoNewest(quiet, setup());
    expect(result.notUndone).toEqual([]);
    expect(snapshot(root)).toEqual(before);
  });
});
