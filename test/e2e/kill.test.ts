/** kill -9 in the middle of a real run, or of its undo, on a booted host; `undo` then gives the host back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoHosts, type BootedHost } from './host.ts';
import { runUntil, type Death } from './mortal.ts';
import type { Package } from './package.ts';
import {
  bootTrustHost,
  changesBetween,
  installPackages,
  journalOf,
  killWhen,
  planOf,
  stateOf,
  type HostState,
  type PlanJson,
} from './trusted-host.ts';

const missing = whyNoHosts();
/** MILTER_SETUP_KILL_POINTS=all dies after every record of the journal: an hour. Otherwise a sample of four. */
const ALL = process.env['MILTER_SETUP_KILL_POINTS'] === 'all';
/** MILTER_SETUP_KILL_SHARE=1/2 dies at every second of these, so that two such runs share the work. */
const [SHARE, SHARES] = (process.env['MILTER_SETUP_KILL_SHARE'] ?? '1/1')
  .split('/')
  .map(Number) as [number, number];

describe.skipIf(missing !== undefined)(`kill -9 on Debian 13 ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;
  let plan: PlanJson;
  let before: HostState;
  let made: readonly string[];

  beforeAll(async () => {
    ({ host, tarball } = await bootTrustHost(`tru-kill${SHARE}`, 103 + SHARE));
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
    made = [...made, '/var/lib/milter-manager'];
    before = await stateOf(host, made);
  }

  /**
   * The journal of a run: that it begins, each change before it is begun and when it is done, and the end. That of an
   * undo: that it begins, each change before and after, and the end.
   */
  function deaths(): readonly Death[] {
    const { changes } = plan;
    const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
    const records = 2 * changes.length + 2;
    const death = (work: Death['work'], at: number, later = 0): Death => ({ work, at, later });
    if (!ALL) {
      const sample = [0.4, 0.98].map((part) => Math.round(part * records));
      const start = 2 + 2 * changes.findIndex(({ title }) => title === 'start milter-manager');
      return [...sample.map((at) => death('run', at)), death('run', start, 200), death('undo', 9)];
    }
    const commands = [...changes.entries()].filter(([, { commands = [] }]) => commands.length > 0);
    const isDone = (at: number) => at > 1 && at % 2 === 1;
    return [
      // After every single step; in the middle of every command; an undo; before every single step.
      ...upTo(records)
        .filter(isDone)
        .map((at) => death('run', at)),
      ...commands.map(([index]) => death('run', 2 + 2 * index, 200)),
      ...upTo(8).map((part) => death('undo', 6 * part - 3)),
      ...upTo(records)
        .filter((at) => !isDone(at))
        .map((at) => death('run', at)),
    ];
  }

  /** @returns what was left behind; undefined where it did not die, because there are not so many records */
  async function die(death: Death): Promise<readonly string[] | undefined> {
    if (death.work === 'undo') {
      const { exitCode, output } = await tarball.setup('--yes');
      expect(exitCode, output).toBe(0);
    }
    await runUntil(host, tarball, death, ...(death.work === 'undo' ? ['undo'] : []), '--yes');
    const journal = journalOf(host);
    const last = journal.at(-1)!;
    if (death.work === 'undo' && last.type === 'finished') return undefined;
    const title = journal.find((each) => each.change && each.index === last.index)?.change?.title;
    const where = `${death.work} killed at record ${death.at}${death.later > 0 ? ', later' : ''}`;
    const said = `${where}: ${last.type} ${title ?? ''}`;
    const { exitCode, output } = await tarball.setup('undo', '--yes');
    const left = changesBetween(before, await stateOf(host, made));
    const again = await tarball.setup('undo', '--yes');
    const missed = death.work === 'run' && death.later === 0 && journal.length !== death.at;
    const problems = [
      ...(missed ? [`died at record ${journal.length}`] : []),
      ...(exitCode === 0 ? [] : [`undo: exit code ${exitCode}\n${output}`]),
      ...left,
      ...(again.output.includes('no run to undo') ? [] : [`once more: ${again.output}`]),
    ];
    console.log(said, problems);
    return problems.map((problem) => `${said}: ${problem}`);
  }

  it('leaves nothing behind after undo', { timeout: 4 * 3600_000, retry: 0 }, async () => {
    await prepare();
    const found: string[] = [];
    const counts = { run: 0, undo: 0 };
    const begun = Date.now();
    const mine = deaths().filter((_, index) => index % SHARES === SHARE - 1);
    for (const death of mine) {
      const left = await die(death);
      if (left === undefined) continue;
      counts[death.work] += 1;
      found.push(...left);
    }
    const seconds = Math.round((Date.now() - begun) / 1000);
    console.log(`${counts.run + counts.undo} kill points in ${seconds} s`, counts);
    expect(found).toEqual([]);
    expect(counts.run + counts.undo).toBe(mine.length);
  });

  it('plans the same as before', async () => {
    const plain = ({ changes }: PlanJson) =>
      JSON.stringify(changes).replaceAll(/probe-[0-9a-z]+-/g, 'probe-');
    expect(plain(await planOf(tarball))).toBe(plain(plan));
  });
});
