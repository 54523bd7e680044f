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
    await until(() => manager.output().includes('it counts as it was'), 'another worker');
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
