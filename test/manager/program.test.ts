import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'rolldown';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const built = mkdtempSync(join(tmpdir(), 'manager-'));
const program = join(built, 'milter-manager.cjs');
let directory = '';
const running: ChildProcess[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  await build({
    input: 'src/manager/main.ts',
    platform: 'node',
    transform: { define: { __VERSION__: '"1.2.3"' } },
    output: { file: program, format: 'cjs', codeSplitting: false },
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(built, { recursive: true }));
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'manager-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close();
  rmSync(directory, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function start(...args: readonly string[]): {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  output(): string;
} {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  return { process: child, ended, output: () => output };
}

function ini(text: string): void {
  writeFileSync(
    join(directory, 'milter-manager.ini'),
    `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\n${text}`,
  );
}

/** A child that says CONTINUE to everything, or refuses MAIL. */
async function child(name: string, refuses = false): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += 4 + chunk.readUInt32BE(at)) {
        const letter = String.fromCharCode(chunk[at + 4]!);
        if (letter === 'O') socket.write(Buffer.from('0000000d4f000000060000000000000000', 'hex'));
        else if (!'DAQK'.includes(letter))
          socket.write(Buffer.from(refuses && letter === 'M' ? '0000000172' : '0000000163', 'hex'));
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(directory, name), resolve));
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (condition()) return;
    await sleep(20);
  }
  throw new Error(`still not: ${what}`);
}

/** Tells the reply letter to MAIL of a session that ends at once. */
async function answerToMail(): Promise<string> {
  const { letter, socket } = await mail();
  socket.destroy();
  return letter;
}

/** Opens a session and tells the reply letter to MAIL. */
async function mail(): Promise<{ readonly letter: string; readonly socket: Socket }> {
  const socket = connect(join(directory, 'manager'));
  const next = (): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      socket.once('data', resolve);
      socket.once('error', reject);
    });
  socket.write(Buffer.from('0000000d4f00000006000001ff001fffff', 'hex'));
  await next();
  const text = 'M<a@b>\0';
  socket.write(Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]));
  const reply = await next();
  socket.on('error', () => undefined);
  return { letter: String.fromCharCode(reply[4]!), socket };
}

const serving = '--no-daemon';

describe('milter-manager', () => {
  it('tells its version', async () => {
    expect(await start('--version').ended).toEqual({ code: 0, output: 'milter-manager 1.2.3\n' });
  });

  it('exits 1 for options and specs that it does not know', async () => {
    const [option, spec] = await Promise.all([start('--nope').ended, start('-s', 'foo').ended]);
    expect(option).toMatchObject({
      code: 1,
      output: expect.stringContaining("unknown option '--nope'"),
    });
    expect(spec).toMatchObject({
      code: 1,
      output: expect.stringContaining("spec doesn't have colon: <foo>"),
    });
  });

  it('checks the configuration: exit 0 or 1, errors with file and line', async () => {
    ini('');
    expect(await start('-c', directory, '--check').ended).toEqual({ code: 0, output: '' });
    ini('max_conections = 1\n');
    const { code, output } = await start('-c', directory, '--show-config').ended;
    expect(code).toBe(1);
    expect(output).toBe(
      `milter-manager: ${directory}/milter-manager.ini:4: unknown key max_conections in [manager]\n`,
    );
  });

  it('exits 1 where the configuration directory has no ini', async () => {
    const { code, output } = await start('-c', join(directory, 'none'), '--check').ended;
    expect(code).toBe(1);
    expect(output).toContain('there is no such file');
  });

  it('reads configuration and host below --root, and its own sockets are there too', async () => {
    mkdirSync(join(directory, 'etc/milter-manager'), { recursive: true });
    writeFileSync(join(directory, 'etc/os-release'), 'ID=debian\nVERSION_ID="13"\n');
    writeFileSync(
      join(directory, 'etc/milter-manager/milter-manager.ini'),
      '[manager]\nconnection_spec = unix:/manager\n',
    );
    const manager = start('--root', directory, serving);
    await until(() => existsSync(join(directory, 'manager')), 'socket below the root');
    manager.process.kill('SIGTERM');
    expect((await manager.ended).code).toBe(0);
  });

  it('removes a stale socket, refuses a live one, and writes its pid', async () => {
    ini('');
    const pid = join(directory, 'pid');
    const first = start('-c', directory, serving, '--pid-file', pid);
    await until(() => existsSync(pid), 'pid file');
    expect(readFileSync(pid, 'latin1')).toBe(`${first.process.pid}\n`);
    const second = await start('-c', directory, serving).ended;
    expect(second).toMatchObject({
      code: 1,
      output: expect.stringContaining('another program listens on it'),
    });
    first.process.kill('SIGKILL');
    await first.ended;
    const third = start('-c', directory, serving, '--pid-file', pid);
    await until(() => third.output().includes('serves'), 'third manager serves');
    expect(await answerToMail()).toBe('a');
  });

  it('reloads on HUP: new sessions see it, a broken ini changes nothing', async () => {
    await child('good');
    await child('bad', true);
    const use = (name: string): void =>
      ini(`[milter.x]\nconnection_spec = unix:${directory}/${name}\n`);
    use('good');
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    expect(await answerToMail()).toBe('c');
    ini('[milter.x]\nconnection_spec = nonsense\n');
    manager.process.kill('SIGHUP');
    await until(
      () => manager.output().includes('not reloaded, the old configuration stays'),
      'error in the log',
    );
    expect(await answerToMail()).toBe('c');
    use('bad');
    manager.process.kill('SIGHUP');
    await until(() => manager.output().includes('reloaded; milters: x'), 'reload in the log');
    expect(await answerToMail()).toBe('r');
  });

  it('drains on TERM: stops accepting at once, ends when the last session does', async () => {
    await child('good');
    ini(`[milter.x]\nconnection_spec = unix:${directory}/good\n`);
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const { socket } = await mail();
    manager.process.kill('SIGTERM');
    await until(() => manager.output().includes('stopping'), 'stopping in the log');
    await expect(mail()).rejects.toThrow();
    expect(manager.process.exitCode).toBeNull();
    socket.destroy();
    expect((await manager.ended).code).toBe(0);
    expect(existsSync(join(directory, 'manager'))).toBe(false);
  });

  it('goes to the background and says when it serves', async () => {
    const pid = join(directory, 'pid');
    ini('[log]\nuse_syslog = no\n');
    const { code } = await start('-c', directory, '--daemon', '--pid-file', pid).ended;
    expect(code).toBe(0);
    const number = Number(readFileSync(pid, 'latin1'));
    expect(await answerToMail()).toBe('a');
    process.kill(number, 'SIGTERM');
    await until(() => !existsSync(pid), 'pid file is gone');
  });

  it('writes its log to a file, and opens it again on USR1', async () => {
    const log = join(directory, 'log');
    ini(`[log]\npath = ${log}\nformat = json\n`);
    const manager = start('-c', directory, serving);
    await until(
      () => existsSync(log) && readFileSync(log, 'latin1').includes('serves'),
      'log file',
    );
    rmSync(log);
    manager.process.kill('SIGUSR1');
    await until(() => existsSync(log), 'log file again');
    const { socket } = await mail();
    socket.destroy();
    await until(() => readFileSync(log, 'latin1').includes('"event":"mail"'), 'mail in the log');
    const line = readFileSync(log, 'latin1')
      .split('\n')
      .find((each) => each.includes('"event"'))!;
    expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({
      session: 1,
      sender: '<a@b>',
      status: 'accept',
      children: [],
    });
  });
});

describe('milter-manager with workers', () => {
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
    const workers = readFileSync(
      `/proc/${manager.process.pid}/task/${manager.process.pid}/children`,
      'latin1',
    )
      .trim()
      .split(' ');
    expect(workers).toHaveLength(2);
    process.kill(Number(workers[0]), 'SIGKILL');
    await until(() => manager.output().includes('another one is started'), 'worker replaced');
    expect(await answerToMail()).toBe('c');
    use('bad');
    await sleep(1500);
    manager.process.kill('SIGHUP');
    await until(() => manager.output().split('reloaded; milters: x').length === 3, 'both reloaded');
    for (let n = 0; n < 6; n += 1) {
      expect(await answerToMail()).toBe('r');
    }
    const metrics = await get(join(directory, 'metrics'));
    expect(metrics).toContain('milter_manager_child_mails_total{child="x",status="reject"} 6');
    manager.process.kill('SIGTERM');
    expect((await manager.ended).code).toBe(0);
  });
});

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
