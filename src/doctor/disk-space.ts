/** Full disks: Postfix then takes no mail, and no change of ours can be written or undone. */
import type { Host } from '../host/host.ts';
import { advice, type Check, NOTHING_RUNS, type Problem, run } from './finding.ts';

/** KB. Postfix wants one and a half times its largest message (10 MB): queue_minfree, smtpd(8). */
const FULL = 20 * 1024;
const LOW = 100 * 1024;

export const diskSpace: Check = {
  id: 'disk-space',
  title: 'the disks have room',
  beforeApply: true,
  applies: ({ asRoot, knowsRunning }) =>
    !knowsRunning ? NOTHING_RUNS : asRoot || 'an ordinary user does not see every disk',
  async look(host, { platform, postfix }) {
    const paths = [postfix.queueDirectory, '/var/lib', '/usr/local', '/etc', '/tmp', '/var/log'];
    const there = [...paths, platform.stateDirectory].filter((path) => host.stat(path));
    return [...(await spaces(host, there)), ...(await inodes(host, there))];
  },
};

async function spaces(host: Host, paths: readonly string[]): Promise<readonly Problem[]> {
  const low = (await rows(host, ['df', '-Pk', ...paths])).filter(({ free }) => free < LOW);
  return low.map(({ line, free, mount }) => ({
    grade: free < FULL ? 'error' : 'warning',
    title:
      free < FULL
        ? `the disk at ${mount} is full: Postfix takes no mail, and nothing can be written`
        : `the disk at ${mount} is nearly full`,
    evidence: [`df -Pk: ${line}`],
    fix: [
      run('du', '-xk', '-d', '2', mount),
      advice('Make room there; old logs are the usual place.'),
    ],
  }));
}

async function inodes(host: Host, paths: readonly string[]): Promise<readonly Problem[]> {
  // Some file systems have no fixed number of them, and say 0 of 0.
  const low = (await rows(host, ['df', '-Pi', ...paths])).filter(
    ({ free, total }) => total > 0 && free < 200,
  );
  return low.map(({ line, mount }) => ({
    grade: 'error',
    title: `the disk at ${mount} has room for no more files`,
    evidence: [`df -Pi: ${line}`],
    fix: [run('du', '--inodes', '-x', '-d', '2', mount), advice('Remove files there.')],
  }));
}

interface Row {
  readonly line: string;
  readonly total: number;
  readonly free: number;
  readonly mount: string;
}

/** One row a file system; none where the command does not know the option. */
async function rows(host: Host, argv: readonly string[]): Promise<readonly Row[]> {
  const { exitCode, stdout } = await host.run(argv, { timeout: 30_000 });
  if (exitCode !== 0) return [];
  const lines = [...new Set(stdout.trim().split('\n').slice(1))];
  return lines.flatMap((line): Row[] => {
    const match = /^.*?\s(\d+)\s+\d+\s+(\d+)\s+\S+\s+(\/.*)$/.exec(line);
    if (!match) return [];
    return [{ line, total: Number(match[1]), free: Number(match[2]), mount: match[3]! }];
  });
}
