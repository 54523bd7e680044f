/** The program milter-manager, built once for a test file and run in a directory of each test's own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'rolldown';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import { afterThisFile } from '../cleanup.ts';

let program = '';
/** Of the test that runs. */
export let directory = '';
/** SMFIC_QUIT that children of this test heard. */
export let quits = 0;
const running: ChildProcess[] = [];
const servers: Server[] = [];

/** To be called by each test file that runs it. */
export function buildProgram(): void {
  beforeAll(async () => {
    const built = mkdtempSync(join(tmpdir(), 'manager-'));
    afterThisFile(() => rmSync(built, { recursive: true }));
    program = join(built, 'milter-manager.cjs');
    await build({
      input: 'src/manager/program/main.ts',
      platform: 'node',
      transform: { define: { __VERSION__: '"1.2.3"' } },
      output: { file: program, format: 'cjs', codeSplitting: false },
      logLevel: 'silent',
    });
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'manager-'));
    quits = 0;
  });
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
    for (const server of servers.splice(0)) server.close();
    rmSync(directory, { recursive: true });
  });
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  output(): string;
}

export function start(...args: readonly string[]): Started {
  return run(process.execPath, program, ...args);
}

/** Not as root, whose user may read everything; what it needs of the test's directory must be open to all. */
export function startAsOrdinaryUser(...args: readonly string[]): Started {
  chmodSync(dirname(program), 0o755);
  const isRoot = process.geteuid?.() === 0;
  const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
  const command = [...(isRoot ? ['setpriv', ...nobody] : ['env']), process.execPath, program];
  return run(command[0]!, ...command.slice(1), ...args);
}

/** With so many open files at most. */
export function startWithFiles(most: number, ...args: readonly string[]): Started {
  const limited = `ulimit -n ${most} && exec "$@"`;
  return run('/bin/sh', '-c', limited, 'sh', process.execPath, program, ...args);
}

/** By way of another program: what follows these words is its command. */
export function startVia(file: string, ...words: readonly string[]): typeof start {
  return (...args) => run(file, ...words, process.execPath, program, ...args);
}

/** With an environment of its own. */
export function startWith(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Started {
  const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return startVia('/usr/bin/env', ...words)(...args);
}

/** From another directory. */
export function startIn(cwd: string, ...args: readonly string[]): Started {
  return startVia('/bin/sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', cwd)(...args);
}

function run(file: string, ...args: readonly string[]): Started {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  return { process: child, ended, output: () => output };
}

export function ini(text: string): void {
  writeFileSync(
    join(directory, 'milter-manager.ini'),
    `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\n${text}`,
  );
}

/** A child that says CONTINUE to everything, or refuses MAIL. */
export async function child(name: string, refuses = false): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += 4 + chunk.readUInt32BE(at)) {
        const letter = String.fromCharCode(chunk[at + 4]!);
        if (letter === 'Q') quits += 1;
        if (letter === 'O') socket.write(Buffer.from('0000000d4f000000060000000000000000', 'hex'));
        else if (!'DAQK'.includes(letter))
          socket.write(Buffer.from(refuses && letter === 'M' ? '0000000172' : '0000000163', 'hex'));
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(directory, name), resolve));
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (condition()) return;
    await sleep(20);
  }
  throw new Error(`still not: ${what}`);
}

/** Tells the reply letter to MAIL of a session that ends at once. */
export async function answerToMail(): Promise<string> {
  const { letter, socket } = await mail();
  socket.destroy();
  return letter;
}

/** Opens a session and negotiates; what an SMTP client holds that has not said anything yet. */
export async function negotiate(): Promise<Socket> {
  const socket = connect(join(directory, 'manager'));
  socket.write(Buffer.from('0000000d4f00000006000001ff001fffff', 'hex'));
  await nextBytes(socket);
  socket.on('error', () => undefined);
  return socket;
}

/** Opens a session and tells the reply letter to MAIL. */
export async function mail(
  sender = 'a@b',
): Promise<{ readonly letter: string; readonly socket: Socket }> {
  const socket = await negotiate();
  return { letter: await mailOn(socket, sender), socket };
}

/** The reply letter to MAIL in a session that is open. */
export function mailOn(socket: Socket, sender = 'a@b'): Promise<string> {
  return replyTo(socket, `M<${sender}>\0`);
}

/** The reply letter to the end of a message. */
export function endOfMessageOn(socket: Socket): Promise<string> {
  return replyTo(socket, 'E');
}

async function replyTo(socket: Socket, text: string): Promise<string> {
  socket.write(Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text, 'latin1')]));
  const reply = await nextBytes(socket);
  return String.fromCharCode(reply[4]!);
}

function nextBytes(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
  });
}

export const serving = '--no-daemon';
