/** In the background nobody else starts the manager again. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  answerToMail,
  buildProgram,
  child,
  directory,
  ini,
  start,
  until,
} from './running-program.ts';

buildProgram();

describe.skipIf(!existsSync('/proc/self/task'))('in the background (needs /proc)', () => {
  const keeperOf = (pid: string): number => Number(readFileSync(pid, 'latin1'));
  const managerOf = (pid: string): number => {
    const keeper = keeperOf(pid);
    return Number(readFileSync(`/proc/${keeper}/task/${keeper}/children`, 'latin1'));
  };

  it('comes back whenever it dies, after pauses that grow; signals to its number reach it', async () => {
    await child('good');
    await child('bad', true);
    const use = (name: string): void =>
      ini(`[log]\nuse_syslog = no\n[milter.x]\nconnection_spec = unix:${directory}/${name}\n`);
    use('good');
    const pid = join(directory, 'pid');
    expect((await start('-c', directory, '--daemon', '--pid-file', pid).ended).code).toBe(0);
    for (const pause of [1000, 2000]) {
      const old = managerOf(pid);
      const died = performance.now();
      process.kill(old, 'SIGKILL');
      await until(() => ![old, 0].includes(managerOf(pid)), 'another manager');
      expect(performance.now() - died).toBeGreaterThan(pause * 0.9);
      await expect.poll(() => answerToMail().catch(() => ''), { timeout: 5000 }).toBe('c');
    }
    use('bad');
    process.kill(keeperOf(pid), 'SIGHUP');
    await expect.poll(() => answerToMail(), { timeout: 5000 }).toBe('r');
    const manager = managerOf(pid);
    process.kill(keeperOf(pid), 'SIGTERM');
    await until(() => !existsSync(pid), 'the pid file is gone');
    expect(existsSync(`/proc/${manager}`)).toBe(false);
  });

  it('does not come back where it never served', async () => {
    ini('[log]\nuse_syslog = no\n');
    const { code, output } = await start(
      ...['-c', directory, '--daemon', '-s', `unix:${directory}/none/manager`],
    ).ended;
    expect(code).toBe(1);
    expect(output).toContain('milter-manager: cannot listen on');
  });
});
