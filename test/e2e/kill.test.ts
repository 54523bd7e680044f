/** kill -9 in the middle of a real run on a booted host; `undo` then gives the host back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoHosts, type BootedHost } from './host.ts';
import type { Package } from './package.ts';
import {
  bootTrustHost,
  changesBetween,
  installPackages,
  journalOf,
  killWhen,
  planOf,
  runCount,
  stateOf,
  type HostState,
  type PlanJson,
} from './trusted-host.ts';

const missing = whyNoHosts();
/** MILTER_SETUP_KILL_POINTS=all dies at every record of the journal: an hour; or a list of their numbers. */
const POINTS = process.env['MILTER_SETUP_KILL_POINTS'];

describe.skipIf(missing !== undefined)(`kill -9 on Debian 13 ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;
  let plan: PlanJson;
  let before: HostState;
  let made: readonly string[];

  beforeAll(async () => {
    ({ host, tarball } = await bootTrustHost('tru-kill', 101));
  });
  afterAll(() => host.down());

  const runs = async (name: string) => (await host.exec('pgrep', '-x', name)).exitCode === 0;

  const atWork = async () =>
    (await host.exec('pgrep', '-f', '[d]pkg.* --(unpack|configure)')).exitCode === 0;

  it('lets the package manager end its work', async () => {
    let dpkg = false;
    const looking = setInterval(() => void atWork().then((found) => (dpkg ||= found)), 200);
    const killed = await killWhen(host, tarball.argv('milter-setup', '--yes'), () => dpkg);
    clearInterval(looking);
    expect(killed).toBe(true);
    expect(await runs('apt-get')).toBe(true);
    while (await runs('apt-get')) await sleep(200);
    expect(await host.run('dpkg', '--audit')).toBe('');
    const again = await tarball.setup('--yes');
    expect([again.exitCode, again.output]).toEqual([1, expect.stringContaining('did not end')]);
    const { exitCode, output } = await tarball.setup('undo', '--yes');
    expect(exitCode, output).toBe(0);
    await host.run('dpkg', '--status', 'postfix');
  });

  async function prepare(): Promise<void> {
    await installPackages(host, await planOf(tarball));
    plan = await planOf(tarball);
    made = plan.changes.flatMap(({ kind, path }) =>
      kind === 'make-directory' && path !== undefined ? [path] : [],
    );
    before = await stateOf(host, made);
  }

  /** Each change is noted twice: before it is begun, and when it is done. */
  function points(): readonly number[] {
    const records = 2 * plan.changes.length;
    if (POINTS === 'all') return Array.from({ length: records }, (_, index) => index + 1);
    if (POINTS !== undefined) return POINTS.split(',').map(Number);
    return [0.12, 0.4, 0.7, 0.97].map((part) => Math.round(part * records));
  }

  /** @returns what was left behind; undefined where the run has so few records that it ended before */
  async function die(at: number): Promise<readonly string[] | undefined> {
    const runs = runCount(host);
    const begun = () => runCount(host) > runs;
    // The first record says that a run begins.
    const reached = () => begun() && journalOf(host).length > at;
    const killed = await killWhen(host, tarball.argv('milter-setup', '--yes'), reached);
    const last = journalOf(host).at(-1);
    const step = journalOf(host).findLast(({ change }) => change)?.change?.title ?? '';
    const said = `${killed ? 'killed' : 'ended'} at record ${at}: ${last?.type} ${step}`;
    const { exitCode, output } = await tarball.setup('undo', '--yes');
    const left = changesBetween(before, await stateOf(host, made));
    const again = await tarball.setup('undo', '--yes');
    const problems = [
      ...(exitCode === 0 ? [] : [`undo: exit code ${exitCode}\n${output}`]),
      ...left,
      ...(again.output.includes('no run to undo') ? [] : [`once more: ${again.output}`]),
    ];
    console.log(said, problems);
    return killed ? problems.map((problem) => `${said}: ${problem}`) : undefined;
  }

  it('leaves nothing behind after undo', { timeout: 4 * 3600_000 }, async () => {
    await prepare();
    const found: string[] = [];
    let kills = 0;
    for (const at of points()) {
      const left = await die(at);
      if (left === undefined) break;
      kills += 1;
      found.push(...left);
    }
    console.log(`${kills} kill points of ${2 * plan.changes.length}`);
    expect(found).toEqual([]);
    expect(kills).toBeGreaterThan(3);
  });

  it('plans the same as before', async () => {
    const plain = ({ changes }: PlanJson) =>
      JSON.stringify(changes).replaceAll(/probe-[0-9a-z]+-/g, 'probe-');
    expect(plain(await planOf(tarball))).toBe(plain(plan));
  });
});
