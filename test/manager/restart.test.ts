/**
 * A child that is restarted under a flow of marked mails: it has seen all that did not come while it was down. Sessions
 * with many mails, sessions with one, and one that waits while the child is away.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import { startManager, type Manager } from '../../src/manager/program/manager.ts';
import { framed, OFFER } from './mail-player.ts';

const NEGOTIATION = Buffer.from('0000000d4f00000006000001ff00000000', 'hex');
const CONTINUE = Buffer.from('0000000163', 'hex');
/** Milliseconds. */
const DOWN = 600;
const UP = 400;

/** Says `continue` to everything, and keeps the marks of the mails whose end it has answered. */
class MarkedChild {
  readonly seen = new Set<string>();
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  constructor(private readonly path: string) {}

  async start(): Promise<void> {
    this.server = createServer((socket) => this.serve(socket));
    await new Promise<void>((resolve) => this.server!.listen(this.path, resolve));
  }

  stop(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    let mark = '';
    eachPacket(socket, (letter, text) => {
      if (letter === 'O') socket.write(NEGOTIATION);
      else if (letter === 'L') mark = text.split('\0')[1]!;
      else if (letter === 'E') this.seen.add(mark);
      if (!'ODAQK'.includes(letter)) socket.write(CONTINUE);
    });
  }
}

function eachPacket(socket: Socket, take: (letter: string, text: string) => void): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
      const packet = pending.subarray(4, 4 + pending.readUInt32BE(0));
      pending = pending.subarray(4 + packet.length);
      take(String.fromCharCode(packet[0]!), packet.toString('latin1', 1));
    }
  });
}

interface Mail {
  readonly mark: string;
  readonly began: number;
  readonly ended: number;
  readonly reply: string;
}

/** The MTA's part in one session. */
class Client {
  private readonly socket: Socket;
  private heard: ((letter: string) => void) | undefined;

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('error', () => undefined);
    eachPacket(this.socket, (letter) => this.heard?.(letter));
  }

  async begin(): Promise<void> {
    await this.ask(OFFER);
    await this.ask(framed('Cmx.example\x004\x00\x19203.0.113.1\0'));
    await this.ask(framed('Hmx.example\0'));
  }

  async mail(mark: string): Promise<Mail> {
    const began = performance.now();
    let reply = '';
    for (const text of ['M<a@example.org>\0', 'R<b@example.net>\0', 'T', `LX-Mark\0${mark}\0`])
      reply = await this.ask(framed(text));
    for (const text of ['N', 'Btext\r\n', 'E']) reply = await this.ask(framed(text));
    return { mark, began, ended: performance.now(), reply };
  }

  end(): void {
    this.socket.end(framed('Q'));
  }

  private ask(bytes: Buffer): Promise<string> {
    return new Promise((resolve) => {
      this.heard = resolve;
      this.socket.write(bytes);
    });
  }
}

let directory = '';
let child: MarkedChild;
let manager: Manager;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'restart-'));
  child = new MarkedChild(join(directory, 'child'));
  await child.start();
});
afterEach(async () => {
  await manager.stop(0);
  child.stop();
  rmSync(directory, { recursive: true });
});

it.each(['no', 'yes'])(
  'costs the mails of that time and no others (connection_reuse = %s)',
  async (reuse) => {
    manager = await startManager({
      configuration: readConfiguration({
        text: `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\nbreaker_failures = 1\n[log]\nuse_syslog = no\n[milter.a]\nconnection_spec = unix:${directory}/child\nconnection_reuse = ${reuse}\n`,
        path: 'ini',
        detect: () => ({ milters: [], warnings: [] }),
      }),
    });
    const path = join(directory, 'manager');
    const mails: Mail[] = [];
    let over = false;
    const goesOn = (): boolean => !over;
    const flow = async (name: string, perSession: number): Promise<void> => {
      for (let session = 0; goesOn(); session += 1) {
        const client = new Client(path);
        await client.begin();
        for (let mail = 0; mail < perSession && goesOn(); mail += 1) {
          mails.push(await client.mail(`${name}-${session}-${mail}`));
          await sleep(3);
        }
        client.end();
      }
    };
    const idle = new Client(path);
    await idle.begin();
    mails.push(await idle.mail('idle-before'));
    const flows = [
      flow('long', Infinity),
      flow('other', Infinity),
      flow('ten', 10),
      flow('one', 1),
      flow('two', 2),
    ];
    const outages: { readonly from: number; readonly to: number }[] = [];
    for (let restart = 0; restart < 2; restart += 1) {
      await sleep(UP);
      const from = performance.now();
      child.stop();
      await sleep(DOWN);
      await child.start();
      outages.push({ from, to: performance.now() });
    }
    mails.push(await idle.mail('idle-after'));
    await sleep(UP);
    over = true;
    await Promise.all(flows);
    idle.end();

    const missed = mails.filter(({ mark }) => !child.seen.has(mark));
    const whileDown = ({ began, ended }: Mail): boolean =>
      outages.some(({ from, to }) => began < to && ended > from);
    expect(missed.filter((mail) => !whileDown(mail))).toEqual([]);
    expect(missed.length).toBeGreaterThan(10);
    expect(mails.length - missed.length).toBeGreaterThan(10);
    expect(new Set(mails.map(({ reply }) => reply))).toEqual(new Set(['c', 'a']));
  },
);
