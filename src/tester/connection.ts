/** One connection to a milter: bytes out, packets in, each with its time limit. */

import { connect, type Socket } from 'node:net';
import type { ConnectionSpec } from '../protocol/connection-spec.ts';
import { PacketLengthError, PacketReader, type Packet } from '../protocol/packet-reader.ts';
import { PlayFailure, systemWords } from './failure.ts';

/** Largest packet taken from a milter: libmilter's own upper limit (MILTER_MDS_1M) and its command byte. */
const LARGEST_PACKET = 1024 * 1024;

/** How long a milter may take to close after QUIT before we do, in ms. */
const CLOSING_TIME = 1000;

export class MilterConnection {
  private readonly reader = new PacketReader(LARGEST_PACKET);
  private readonly arrived: Packet[] = [];
  /** Why nothing more will arrive. */
  private end: PlayFailure | undefined;
  private wake: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.take(chunk);
      this.wake();
    });
    socket.on('drain', () => {
      this.wake();
    });
    socket.on('error', (error) => {
      this.finish(`connection to the milter broke: ${systemWords(error)}`);
    });
    socket.on('close', () => {
      this.finish('the milter closed the connection');
    });
  }

  /**
   * Connects once.
   * @throws the error of the system, or one with the code ETIMEDOUT after `seconds`
   */
  static open(spec: ConnectionSpec, seconds: number): Promise<MilterConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(address(spec));
      const timer = setTimeout(() => {
        socket.destroy();
        reject(Object.assign(new Error('Connection timed out'), { code: 'ETIMEDOUT' }));
      }, seconds * 1000);
      socket.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.removeAllListeners('error');
        resolve(new MilterConnection(socket));
      });
    });
  }

  /** Hands the bytes to the system; waits, at most `seconds`, while the milter reads too slowly. */
  async send(bytes: Buffer, seconds: number): Promise<void> {
    // What a milter said before it closed is read first: its verdict may be among it.
    if (this.end !== undefined || this.socket.write(bytes)) return;
    const written = () => this.end !== undefined || this.socket.writableLength === 0;
    if (!(await this.until(written, seconds))) {
      throw new PlayFailure('timeout', 'writing timeout');
    }
  }

  /**
   * The next packet.
   * @throws PlayFailure after `seconds` without one, or when none can come any more
   */
  async receive(seconds: number): Promise<Packet> {
    const ready = () => this.arrived.length > 0 || this.end !== undefined;
    if (!(await this.until(ready, seconds))) throw new PlayFailure('timeout', 'reading timeout');
    const packet = this.arrived.shift();
    if (packet === undefined) throw this.end!;
    return packet;
  }

  /** Sends the last bytes and closes when the milter does. */
  async close(lastBytes: Buffer): Promise<void> {
    if (!this.socket.destroyed) {
      this.socket.end(lastBytes);
      await this.until(() => this.socket.destroyed, CLOSING_TIME / 1000);
    }
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    if (this.end !== undefined) return;
    try {
      this.arrived.push(...this.reader.push(chunk));
    } catch (error) {
      if (!(error instanceof PacketLengthError)) throw error;
      this.arrived.push(...error.complete);
      this.finish(error.message);
    }
  }

  private finish(problem: string): void {
    this.end ??= new PlayFailure('protocol-error', problem);
    this.wake();
  }

  /** Waits for a condition that events of the socket bring about; false when time is up. */
  private until(condition: () => boolean, seconds: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (outcome: boolean) => {
        clearTimeout(timer);
        this.wake = () => undefined;
        resolve(outcome);
      };
      const timer = setTimeout(() => {
        settle(false);
      }, seconds * 1000);
      this.wake = () => {
        if (condition()) settle(true);
      };
    });
  }
}

function address(spec: ConnectionSpec) {
  if (spec.kind === 'unix') return { path: spec.path };
  const family = spec.kind === 'inet' ? 4 : 6;
  // No host means "any" to a server; a client reaches such a one at the loopback address.
  const loopback = spec.kind === 'inet' ? '127.0.0.1' : '::1';
  return { port: spec.port, host: spec.host ?? loopback, family };
}
