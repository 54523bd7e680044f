import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginRun } from '../../src/apply/run.ts';
import { lastWritten } from '../../src/apply/state.ts';
import { ChangedSince, listCheckpoints, undoNewest, undoTo } from '../../src/apply/undo.ts';
import { temporaryBeside } from '../../src/host/files.ts';
import type { Host } from '../../src/host/host.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import type { Change } from '../../src/change/change.ts';
import {
  commandChange,
  COMMANDS,
  makeHost,
  PACKAGES,
  snapshot,
  STATE,
  writeChange,
} from './small-host.ts';

let root: string;
let host: Host;
const setup = { stateDirectory: STATE };

beforeEach(() => {
  root = makeHost();
  host = openTreeHost(root, COMMANDS);
});

afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

const text = (path: string): string => fs.readFileSync(join(root, path), 'latin1');

async function apply(changes: readonly Change[], verb = 'add'): Promise<string> {
  const run = beginRun(host, { ...setup, verb, version: '1.2.3' });
  await run.apply(changes);
  run.finish();
  return run.id ?? '';
}

async function failure(action: Promise<unknown>): Promise<SetupError> {
  const error: unknown = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SetupError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

const secret = (before: string, after: string): Change =>
  writeChange({ path: '/etc/secret', before, after });

/** A socket that nobody listens on, as a daemon leaves it that was killed. */
function leaveSocket(path: string): void {
  const script =
    "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 9))";
  spawnSync(process.execPath, ['-e', script, path]);
  expect(fs.lstatSync(path).isSocket()).toBe(true);
}

const ACCOUNT = commandChange('run', []);
const FAIL = [{ argv: ['fail', '6', 'user does not exist'] }];

describe('undo of several runs', () => {
  it('takes back the newest, then the one before, down to the first', async () => {
    const states = [snapshot(root)];
    await apply([secret('password\n', 'one\n')]);
    states.push(snapshot(root));
    await apply([secret('one\n', 'two\n'), ...PACKAGES], 'enable');
    await undoNewest(host, { ...setup, packages: true });
    expect(snapshot(root)).toEqual(states[1]);
    await undoNewest(host, setup);
    expect(snapshot(root)).toEqual(states[0]);
    expect((await failure(undoNewest(host, setup))).code).toBe('nothing-to-undo');
  });

  it('lists them, and goes back to any of them at once', async () => {
    const before = snapshot(root);
    const first = await apply([secret('password\n', 'one\n')]);
    const second = await apply([secret('one\n', 'two\n')], 'enable');
    await apply([writeChange({ path: '/etc/new', after: 'new\n' })], 'remove');
    const [, middle] = listCheckpoints(host, STATE);
    expect(middle).toMatchObject({
      id: second,
      verb: 'enable',
      version: '1.2.3',
      state: 'applied',
    });
    expect(middle?.steps.map(({ change }) => change.title)).toEqual(['Edit /etc/secret']);
    expect((await failure(undoTo(host, 'nothing', setup))).code).toBe('no-such-checkpoint');
    const { ids, undone } = await undoTo(host, first, setup);
    expect(ids.map((id) => id.replace(/.*Z-/, ''))).toEqual(['remove', 'enable', 'add']);
    expect(undone).toHaveLength(3);
    expect(snapshot(root)).toEqual(before);
    expect(listCheckpoints(host, STATE).map(({ state }) => state)).toEqual(Array(3).fill('undone'));
  });

  it('sorts by time even where the clock was set back', async () => {
    const first = await apply([secret('password\n', 'one\n')]);
    const late = first.replace(/^\d{4}/, '2999');
    fs.renameSync(join(root, STATE, 'checkpoints', first), join(root, STATE, 'checkpoints', late));
    const second = await apply([secret('one\n', 'two\n')]);
    expect(listCheckpoints(host, STATE).map(({ id }) => id)).toEqual([second, late]);
  });

  it('goes back over any number of runs to the files before the first', async () => {
    const before = snapshot(root);
    let old = 'password\n';
    const ids: string[] = [];
    for (let run = 1; run <= 25; run += 1) {
      ids.push(await apply([secret(old, `${run}\n`)]));
      old = `${run}\n`;
    }
    expect(listCheckpoints(host, STATE).map(({ id }) => id)).toEqual(ids.toReversed());
    await undoTo(host, ids[0] ?? '', setup);
    expect(snapshot(root)).toEqual(before);
  });

  it('remembers the twenty newest that were undone', async () => {
    const ids: string[] = [];
    for (let run = 1; run <= 22; run += 1) {
      ids.push(await apply([secret('password\n', `${run}\n`)]));
      await undoNewest(host, setup);
    }
    await apply([secret('password\n', 'one\n')]);
    const undone = listCheckpoints(host, STATE).filter(({ state }) => state === 'undone');
    expect(undone.map(({ id }) => id)).toEqual(ids.slice(2).reverse());
  });

  it('leaves packages unless asked, and takes them when asked later', async () => {
    const before = snapshot(root);
    await apply([...PACKAGES, secret('password\n', 'one\n')]);
    const { kept, notUndone } = await undoNewest(host, setup);
    expect(kept.map(({ reason }) => reason)).toEqual(['packages stay; --packages removes them']);
    expect(notUndone).toEqual([]);
    expect(text('var/db/packages')).toBe('postfix\nspamd\nclamd\n');
    expect(text('etc/secret')).toBe('password\n');
    await undoNewest(host, { ...setup, packages: true });
    expect(snapshot(root)).toEqual(before);
  });

  const directory: Change = {
    kind: 'make-directory',
    phase: 'directories',
    title: 'Make /srv/ours',
    why: 'the test says so',
    path: '/srv/ours',
    mode: 0o750,
    owner: { user: 'root', group: 'root' },
  };

  it('leaves a directory that others use by now', async () => {
    await apply([directory]);
    leaveSocket(join(root, 'srv/ours/socket'));
    fs.writeFileSync(join(root, 'srv/ours/theirs'), '');
    const { kept } = await undoNewest(host, setup);
    expect(kept.map(({ reason }) => reason)).toEqual(['/srv/ours is not empty']);
    expect(fs.readdirSync(join(root, 'srv/ours'))).toEqual(['socket', 'theirs']);
  });

  it.each([
    ['of its owner alone goes along, with the socket of a killed daemon', 0o700, []],
    ['that others may enter stays', 0o755, ['/srv/ours is not empty']],
  ])('a directory in it %s', async (_which, mode, reasons) => {
    await apply([directory]);
    fs.mkdirSync(join(root, 'srv/ours/private'), { mode });
    leaveSocket(join(root, 'srv/ours/private/socket'));
    const { kept } = await undoNewest(host, setup);
    expect(kept.map(({ reason }) => reason)).toEqual(reasons);
    expect(fs.existsSync(join(root, 'srv/ours'))).toBe(reasons.length > 0);
  });

  it('takes a directory of ours with the socket of a daemon that was killed', async () => {
    const before = snapshot(root);
    await apply([directory]);
    leaveSocket(join(root, 'srv/ours/socket'));
    const { kept } = await undoNewest(host, setup);
    expect(kept).toEqual([]);
    expect(snapshot(root)).toEqual(before);
  });

  it('counts accounts that are gone already as undone', async () => {
    await apply([
      { ...ACCOUNT, kind: 'create-user', user: 'gone', undo: FAIL },
      { ...ACCOUNT, kind: 'join-group', user: 'postfix', group: 'root', undo: FAIL },
      { ...ACCOUNT, kind: 'create-group', group: 'gone', undo: FAIL },
    ]);
    expect((await undoNewest(host, setup)).notUndone).toEqual([]);
  });

  it('knows them in a journal that an older version wrote', async () => {
    await apply([
      { ...ACCOUNT, kind: 'create-user', user: 'gone', undo: FAIL },
      { ...ACCOUNT, kind: 'join-group', user: 'postfix', group: 'root', undo: FAIL },
    ]);
    const [checkpoint] = listCheckpoints(host, setup.stateDirectory);
    const journal = join(root, checkpoint?.directory ?? '', 'journal.jsonl');
    const older = fs
      .readFileSync(journal, 'utf8')
      .replace('"user":"gone"', '"subjects":["gone"]')
      .replace('"user":"postfix","group":"root"', '"subjects":["postfix","root"]');
    expect(older).not.toMatch(/"(user|group)":/);
    fs.writeFileSync(journal, older);
    expect((await undoNewest(host, setup)).notUndone).toEqual([]);
  });

  it('says that it could not remove an account that is there', async () => {
    await apply([{ ...ACCOUNT, kind: 'create-user', user: 'postfix', undo: FAIL }]);
    expect((await undoNewest(host, setup)).notUndone).toHaveLength(1);
  });
});

describe('a file that somebody else changed since', () => {
  it('is refused with the difference, before anything is undone', async () => {
    await apply([
      secret('password\n', 'ours\n'),
      writeChange({ path: '/etc/new', after: 'new\n' }),
    ]);
    fs.writeFileSync(join(root, 'etc/secret'), 'ours\ntheirs\n');
    const before = snapshot(root);
    const error = await failure(undoNewest(host, setup));
    expect(error).toBeInstanceOf(ChangedSince);
    expect(error.code).toBe('changed-since');
    expect(error.message).toContain('/etc/secret was changed by somebody else');
    expect(error.message).toContain('\n ours\n+theirs\n');
    expect(error.hint).toContain('--force');
    expect(snapshot(root)).toEqual(before);
    expect(listCheckpoints(host, STATE)[0]?.state).toBe('applied');
  });

  it('does not tell secrets', async () => {
    const change = writeChange({
      path: '/etc/api.conf',
      after: 'key = sesame\n',
      secrets: ['key'],
    });
    await apply([change]);
    fs.writeFileSync(join(root, 'etc/api.conf'), 'key = thyme\n');
    const { message } = await failure(undoNewest(host, setup));
    expect(message).toContain('/etc/api.conf');
    expect(message).not.toMatch(/sesame|thyme/);
  });

  it('is put back by force, and theirs is kept beside', async () => {
    const before = snapshot(root);
    const id = await apply([
      secret('password\n', 'ours\n'),
      writeChange({ path: '/etc/new', after: 'new\n' }),
      writeChange({ path: '/etc/cron.old', before: 'remove me\n' }),
    ]);
    fs.writeFileSync(join(root, 'etc/secret'), 'theirs\n');
    fs.rmSync(join(root, 'etc/new'));
    fs.writeFileSync(join(root, 'etc/cron.old'), 'made anew\n');
    const { saved, notUndone } = await undoNewest(host, { ...setup, force: true });
    expect(notUndone).toEqual([]);
    expect(saved).toEqual([`/etc/cron.old.milter-setup-${id}`, `/etc/secret.milter-setup-${id}`]);
    expect(saved.map((path) => text(path))).toEqual(['made anew\n', 'theirs\n']);
    for (const path of saved) fs.rmSync(join(root, path));
    expect(snapshot(root)).toEqual(before);
  });

  it('counts as removed where it is gone', async () => {
    await apply([secret('password\n', 'ours\n')]);
    fs.rmSync(join(root, 'etc/secret'));
    const { message } = await failure(undoNewest(host, setup));
    expect(message).toContain('/etc/secret was removed by somebody else');
    await undoNewest(host, { ...setup, force: true });
    expect(text('etc/secret')).toBe('password\n');
  });

  it('is no conflict where somebody has put the old text back already', async () => {
    await apply([secret('password\n', 'ours\n')]);
    fs.writeFileSync(join(root, 'etc/secret'), 'password\n');
    expect((await undoNewest(host, setup)).notUndone).toEqual([]);
  });

  it('between two runs stops the way back before it begins', async () => {
    const first = await apply([secret('password\n', 'one\n')]);
    fs.writeFileSync(join(root, 'etc/secret'), 'theirs\n');
    await apply([secret('theirs\n', 'two\n')]);
    expect((await failure(undoTo(host, first, setup))).code).toBe('changed-since');
    expect(text('etc/secret')).toBe('two\n');
    await undoNewest(host, setup);
    expect(text('etc/secret')).toBe('theirs\n');
  });
});

describe('what undo relies on', () => {
  it('names the copy that is lost, undoes the rest, and goes on from there', async () => {
    await apply([
      secret('password\n', 'ours\n'),
      writeChange({ path: '/etc/new', after: 'new\n' }),
    ]);
    const [checkpoint] = listCheckpoints(host, STATE);
    const copy = join(root, checkpoint?.directory ?? '', 'originals/0');
    fs.renameSync(copy, `${copy}.away`);
    const { notUndone } = await undoNewest(host, setup);
    expect(notUndone.map(({ error }) => error.code)).toEqual(['original-lost']);
    expect(fs.existsSync(join(root, 'etc/new'))).toBe(false);
    fs.renameSync(`${copy}.away`, copy);
    expect((await undoNewest(host, setup)).undone.map(({ title }) => title)).toEqual([
      'Edit /etc/secret',
    ]);
    expect(text('etc/secret')).toBe('password\n');
  });

  it('reads a journal whose last line was cut off, and clears half-written files', async () => {
    await apply([secret('password\n', 'ours\n')]);
    const [checkpoint] = listCheckpoints(host, STATE);
    const journal = join(root, checkpoint?.directory ?? '', 'journal.jsonl');
    const lines = fs.readFileSync(journal, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    fs.writeFileSync(journal, `${lines.slice(0, 2).join('\n')}\n${lines[2]?.slice(0, 9) ?? ''}`);
    fs.writeFileSync(temporaryBeside(join(root, 'etc/secret')), 'hal');
    expect(listCheckpoints(host, STATE)[0]?.state).toBe('unfinished');
    const run = (): unknown => beginRun(host, { ...setup, verb: 'add' });
    expect(run).toThrow('a run of milter-setup add, begun');
    await undoNewest(host, setup);
    expect(text('etc/secret')).toBe('password\n');
    expect(fs.existsSync(temporaryBeside(join(root, 'etc/secret')))).toBe(false);
    expect(run).not.toThrow();
  });

  it('keeps to itself what it knows, but lets everybody plan', async () => {
    await apply([secret('password\n', 'ours\n')]);
    const modes = ['', '/written.json', '/checkpoints'].map(
      (path) => host.stat(STATE + path)?.mode,
    );
    expect(modes).toEqual([0o755, 0o644, 0o700]);
    const [checkpoint] = listCheckpoints(host, STATE);
    expect(host.stat(`${checkpoint?.directory ?? ''}/journal.jsonl`)?.mode).toBe(0o600);
    // printf 'ours\n' | sha256sum
    expect(lastWritten(host, STATE, '/etc/secret')).toBe(
      '13102ad5e68a577a21dbe1aa6b16189e93e979278d6b9917d7f279a9a3dabd16',
    );
  });
});
