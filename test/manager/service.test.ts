/** The manager as a service of its host: what it tells systemd and syslog, whom it runs as, what a reload leaves alone. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  buildProgram,
  answerToMail,
  child,
  directory,
  ini,
  mail,
  serving,
  start,
  startWith,
  until,
} from './running-program.ts';

buildProgram();

/** Stands in for a command of the system: notes its arguments, and its input line by line. */
function standIn(name: string): () => string {
  const notes = join(directory, `${name}.notes`);
  const script = `#!/bin/sh
echo "$$ $*" >>${notes}
[ ${name} = logger ] || exit 0
while read -r line; do echo "$line" >>${notes}; done
`;
  writeFileSync(join(directory, name), script);
  chmodSync(join(directory, name), 0o755);
  return () => (existsSync(notes) ? readFileSync(notes, 'latin1') : '');
}

const path = (): string => `${directory}${delimiter}${process.env.PATH ?? ''}`;

function answerTo(socket: Socket, packet: string): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (reply: Buffer) => resolve(reply.toString('latin1', 4, 5)));
    socket.once('close', () => reject(new Error('closed')));
    socket.write(Buffer.from(packet, 'hex'));
  });
}
const RCPT = '00000007523c6340643e00';

it.each(['', 'n_workers = 2\n'])(
  'a mail that HUP comes into goes on as it began: %j',
  async (workers) => {
    await child('good');
    await child('bad', true);
    const use = (name: string): void =>
      ini(`${workers}[milter.x]\nconnection_spec = unix:${directory}/${name}\n`);
    use('good');
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const { letter, socket } = await mail();
    expect(letter).toBe('c');
    use('bad');
    manager.process.kill('SIGHUP');
    const workersTold = workers === '' ? 1 : 2;
    await until(
      () => manager.output().split('reloaded; milters: x').length > workersTold,
      'reloaded',
    );
    expect(await answerToMail()).toBe('r');
    expect(await answerTo(socket, RCPT)).toBe('c');
    // The next mail of the same session has the children that the session has.
    expect(await answerTo(socket, '0000000141' + '000000074d3c6140623e00')).toBe('c');
    socket.destroy();
  },
);

it('tells systemd when it serves and when it stops, and only if asked to', async () => {
  const told = standIn('systemd-notify');
  ini('');
  const asked = startWith({ PATH: path(), NOTIFY_SOCKET: '/nowhere' }, '-c', directory, serving);
  await until(() => told().includes('--ready'), 'READY');
  asked.process.kill('SIGTERM');
  await asked.ended;
  await until(() => told().includes('STOPPING=1'), 'STOPPING');
  const lines = told().trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/^\d+ /, ''))).toEqual([
    `--pid=${asked.process.pid} --ready`,
    `--pid=${asked.process.pid} STOPPING=1`,
  ]);
  const unasked = startWith({ PATH: path() }, '-c', directory, serving);
  await until(() => unasked.output().includes('serves'), 'manager serves');
  unasked.process.kill('SIGTERM');
  await unasked.ended;
  expect(told().trimEnd().split('\n')).toHaveLength(2);
});

it('writes to syslog as its graphing tools know it, and again after the logger died', async () => {
  const told = standIn('logger');
  ini('');
  const pid = join(directory, 'pid');
  const starter = startWith({ PATH: path() }, '-c', directory, '--daemon', '--pid-file', pid);
  expect((await starter.ended).code).toBe(0);
  const keeper = Number(readFileSync(pid, 'latin1'));
  await until(() => told().includes('milter-manager serves'), 'a line');
  const manager = Number(readFileSync(`/proc/${keeper}/task/${keeper}/children`, 'latin1'));
  const first = /^(\d+) (.*)\n/.exec(told())!;
  expect(first[2]).toBe(`-p mail.info -t milter-manager[${manager}]`);
  process.kill(Number(first[1]), 'SIGKILL');
  const logger = (): number => told().split(`-t milter-manager[${manager}]`).length - 1;
  await until(() => logger() === 2, 'another logger');
  expect(await answerToMail()).toBe('a');
  await until(() => told().includes('[statistics] [sessions][finished] 1(+1) 0'), 'a line again');
  process.kill(keeper, 'SIGTERM');
  await until(() => !existsSync(pid), 'the end');
});

describe.runIf(process.getuid?.() === 0 && existsSync('/proc/self/status'))('as root', () => {
  const ids = (pid: number): Record<string, string> =>
    Object.fromEntries(
      readFileSync(`/proc/${pid}/status`, 'latin1')
        .split('\n')
        .map((line) => line.split(':\t') as [string, string]),
    );

  it.each([0, 2])('gives up root after binding, with %i workers', async (workers) => {
    ini(
      `n_workers = ${workers}\nunix_socket_mode = 0620\nunix_socket_group = 1\n[security]\neffective_user = nobody\n`,
    );
    chmodSync(directory, 0o711);
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const { pid } = manager.process;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
    const processes = [pid!, ...children.map(Number).filter(Boolean)];
    expect(processes).toHaveLength(1 + workers);
    const { uid } = statSync(`/proc/${pid}`);
    for (const each of processes) {
      await expect
        .poll(() => ids(each)['Uid'], { timeout: 5000 })
        .toMatch(/^([1-9]\d*)\t\1\t\1\t\1$/);
      expect(ids(each)['Gid']).not.toMatch(/^0/);
      expect(ids(each)['Groups']?.split(' ')).not.toContain('0');
    }
    expect(uid).not.toBe(0);
    const socket = statSync(join(directory, 'manager'));
    expect([socket.mode & 0o777, socket.gid]).toEqual([0o620, 1]);
    expect(await answerToMail()).toBe('a');
    manager.process.kill('SIGTERM');
    expect((await manager.ended).code).toBe(0);
  });
});
