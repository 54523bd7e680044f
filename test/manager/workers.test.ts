import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  answerToMail,
  buildProgram,
  child,
  directory,
  ini,
  serving,
  start,
  startAsOrdinaryUser,
  until,
} from './running-program.ts';

buildProgram();

describe.skipIf(!existsSync('/proc/self/task'))('milter-manager with workers (needs /proc)', () => {
  it('takes connections again, with the same rights, after all workers died at once', async () => {
    await child('good');
    ini(
      `unix_socket_mode = 0600\nn_workers = 2\n[milter.x]\nconnection_spec = unix:${directory}/good\n`,
    );
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const socket = join(directory, 'manager');
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    for (const worker of workersOf(manager.process.pid!)) process.kill(worker, 'SIGKILL');
    await until(() => manager.output().split('another one is started').length === 3, 'both seen');
    await until(() => existsSync(socket), 'socket again');
    await until(() => (statSync(socket).mode & 0o777) === 0o600, 'its mode again');
    expect(await answerToMail()).toBe('c');
  });

  it('stops and reloads a worker that has only just begun', async () => {
    await child('good');
    await child('bad', true);
    const use = (name: string): void =>
      ini(`n_workers = 1\n[milter.x]\nconnection_spec = unix:${directory}/${name}\n`);
    use('good');
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const another = async (): Promise<void> => {
      const [old] = workersOf(manager.process.pid!);
      process.kill(old!, 'SIGKILL');
      const isNew = (pid: number | undefined): boolean => pid !== old && pid !== 0;
      await until(() => isNew(workersOf(manager.process.pid!)[0]), 'another worker');
    };
    await another();
    use('bad');
    manager.process.kill('SIGHUP');
    await until(() => existsSync(join(directory, 'manager')), 'socket again');
    expect(await answerToMail()).toBe('r');
    await another();
    manager.process.kill('SIGTERM');
    expect((await manager.ended).code).toBe(0);
  });

  it('gives a worker in a dead one’s place what the rights of the start saw', async () => {
    const unit = '/usr/lib/systemd/system/milter-greylist.service';
    const conf = 'etc/milter-greylist/greylist.conf';
    const files = {
      'etc/os-release': 'ID=debian\n',
      'etc/milter-manager/milter-manager.ini':
        '[manager]\nconnection_spec = unix:/manager\nn_workers = 1\n[log]\nuse_syslog = no\n',
      [unit.slice(1)]: '[Service]\nExecStart=/usr/sbin/milter-greylist -D\n',
      [conf]: 'socket "/good"\n',
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(directory, dirname(path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const wants = join(directory, 'etc/systemd/system/multi-user.target.wants');
    mkdirSync(wants, { recursive: true });
    symlinkSync(unit, join(wants, 'milter-greylist.service'));
    await child('good');
    chmodSync(join(directory, 'good'), 0o777);
    chmodSync(directory, 0o777);
    const manager = startAsOrdinaryUser('--root', directory, serving);
    await until(() => manager.output().includes('serves; milters: milter-greylist'), 'it serves');
    expect(await answerToMail()).toBe('c');
    chmodSync(join(directory, conf), 0);
    process.kill(workersOf(manager.process.pid!)[0]!, 'SIGKILL');
    await until(() => manager.output().includes('another one is started'), 'worker replaced');
    await until(() => existsSync(join(directory, 'manager')), 'socket again');
    await until(() => workersOf(manager.process.pid!)[0]! > 0, 'another worker');
    expect(await answerToMail()).toBe('c');
  });

  it('serves, replaces a worker that dies, reloads all, tells the metrics of all, and stops', async () => {
    await child('good');
    await child('bad', true);
    const use = (name: string): void =>
      ini(
        `n_workers = 2\nmetrics = unix:${directory}/metrics\n[milter.x]\nconnection_spec = unix:${directory}/${name}\n`,
      );
    use('good');
    const manager = start('-c', directory, serving, '--pid-file', join(directory, 'pid'));
    await until(() => manager.output().includes('serves'), 'manager serves');
    expect(await answerToMail()).toBe('c');
    const workers = workersOf(manager.process.pid!);
    expect(workers).toHaveLength(2);
    process.kill(workers[0]!, 'SIGKILL');
    await until(() => manager.output().includes('another one is started'), 'worker replaced');
    expect(await answerToMail()).toBe('c');
    use('bad');
    // The new worker is there when it is there: whoever is, must obey.
    let refused = 0;
    for (let attempt = 0; attempt < 40 && refused < 6; attempt += 1) {
      manager.process.kill('SIGHUP');
      await sleep(100);
      refused = 0;
      while (refused < 6 && (await answerToMail()) === 'r') refused += 1;
    }
    expect(refused).toBe(6);
    const metrics = await get(join(directory, 'metrics'));
    const counted = /child_mails_total\{child="x",status="reject"\} (\d+)/.exec(metrics)?.[1];
    expect(Number(counted)).toBeGreaterThanOrEqual(6);
    manager.process.kill('SIGTERM');
    expect((await manager.ended).code).toBe(0);
  });

  it('says why its workers cannot serve, and ends', async () => {
    ini('n_workers = 2\n');
    const { code, output } = await start(
      ...['-c', directory, serving, '-s', `unix:${directory}/none/manager`],
    ).ended;
    expect(code).toBe(1);
    expect(output).toMatch(/^milter-manager: cannot listen on unix:\S+\/none\/manager: .*\n$/);
  });

  it('says it in the background too', async () => {
    ini('n_workers = 2\n[log]\nuse_syslog = no\n');
    const { code, output } = await start(
      ...['-c', directory, '--daemon', '-s', `unix:${directory}/none/manager`],
    ).ended;
    expect(code).toBe(1);
    expect(output).toContain('milter-manager: cannot listen on');
  });

  it('replaces a worker under the configuration in effect, whatever is in the file by now', async () => {
    await child('good');
    await child('bad', true);
    const use = (name: string): string =>
      `n_workers = 2\n[remote_network]\nlocal_address = 192.0.2.0/24\n[s25r]\nwhitelist = /x/\n[milter.x]\nconnection_spec = unix:${directory}/${name}\n`;
    ini(use('bad'));
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    ini(`${use('good')}nonsense\n`);
    manager.process.kill('SIGHUP');
    await until(() => manager.output().includes('not reloaded'), 'not reloaded');
    const workers = workersOf(manager.process.pid!);
    for (const worker of workers) process.kill(worker, 'SIGKILL');
    await until(() => {
      const now = workersOf(manager.process.pid!);
      return now.length === 2 && now.every((each) => !workers.includes(each));
    }, 'two new workers');
    await expect.poll(() => answerToMail().catch(() => ''), { timeout: 5000 }).toBe('r');
    expect(await answerToMail()).toBe('r');
  });

  it('ends although a worker hangs', async () => {
    ini('n_workers = 2\ndrain_timeout = 0.1\n');
    const manager = start('-c', directory, serving, '--pid-file', join(directory, 'pid'));
    await until(() => manager.output().includes('serves'), 'manager serves');
    process.kill(workersOf(manager.process.pid!)[0]!, 'SIGSTOP');
    manager.process.kill('SIGTERM');
    expect((await manager.ended).code).toBe(0);
    expect(manager.output()).toContain('1 workers do not end, they are killed');
    expect(existsSync(join(directory, 'pid'))).toBe(false);
  });

  it('takes orders while a worker is dead', async () => {
    ini(`n_workers = 2\nmetrics = unix:${directory}/metrics\n`);
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    process.kill(workersOf(manager.process.pid!)[0]!, 'SIGKILL');
    manager.process.kill('SIGHUP');
    manager.process.kill('SIGUSR1');
    expect(await get(join(directory, 'metrics'))).toContain('milter_manager_open_sessions 0');
    await until(() => manager.output().includes('another one is started'), 'worker replaced');
    expect(manager.output()).not.toContain('internal error');
  });
});

function workersOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return children.split(' ').map(Number);
}

function get(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/metrics' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}
