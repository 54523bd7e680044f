/** Plays a scenario: a scripted MTA and scripted children on real sockets around the real manager. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import { startManager } from '../../src/manager/program/manager.ts';
import type { ConnectionSpec } from '../../src/protocol/connection-spec.ts';
import { readScenario } from '../../src/tester/scenario-file.ts';
import { playScenario } from '../../src/tester/play-scenario.ts';
import { Party } from './party.ts';
import type { MilterLine, Scenario, Step } from './scenario.ts';
import { encode } from './words.ts';

const CLIENT_LIMITS = { connection: 5, reading: 5, writing: 5 };

/** Seconds that an answer may be later than a scenario says: machines are busy. */
const TOLERANCE = 1.5;

/** @param stammering everybody says everything in two pieces */
export async function play(scenario: Scenario, stammering = false): Promise<void> {
  const stage = new Stage(scenario, stammering);
  try {
    await stage.open();
    for (const step of scenario.steps) {
      try {
        await stage.perform(step);
      } catch (error) {
        throw new Error(`line ${step.line}: ${String(error)}`, { cause: error });
      }
    }
    await stage.expectSilence();
  } finally {
    await stage.close();
  }
}

/** The same, with our test client as the MTA: it reads the MTA's lines by itself. */
export async function playThroughClient(scenario: Scenario, text: string): Promise<void> {
  const stage = new Stage(scenario);
  try {
    await stage.open();
    const client = playScenario(stage.spec, readScenario(text, 'scenario'), CLIENT_LIMITS);
    for (const step of scenario.steps) {
      const ofMta = (step.kind === 'says' || step.kind === 'hears') && step.who.startsWith('MTA');
      if (!ofMta) await stage.perform(step);
    }
    expect(await client).toEqual({ status: 'as-told' });
  } finally {
    await stage.close();
  }
}

class Stage {
  private readonly directory = mkdtempSync(join(tmpdir(), 'scenario-'));
  private readonly parties = new Map<string, Party>();
  private readonly servers = new Map<string, Server>();
  private readonly connections = new Map<string, number>();
  private manager: Awaited<ReturnType<typeof startManager>> | undefined;
  private lastSaid = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly stammering = false,
  ) {}

  get spec(): ConnectionSpec {
    return { kind: 'unix', path: join(this.directory, 'manager') };
  }

  async open(): Promise<void> {
    for (const milter of this.scenario.milters) await this.raise(milter);
    const configuration = readConfiguration({
      text: this.ini(),
      path: 'scenario.ini',
      detect: () => ({ milters: [], warnings: [] }),
    });
    this.manager = await startManager({ configuration });
  }

  async perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'wait':
        await sleep(step.seconds * 1000);
        return;
      case 'log':
        await this.expectLog(step.text);
        return;
      case 'no log':
        expect(readFileSync(join(this.directory, 'log'), 'utf8')).not.toContain(step.text);
        return;
      case 'says':
        await this.says(step.who, step.words);
        return;
      case 'hears':
        await this.hears(step.who, step.words, step.after);
    }
  }

  /** Nobody heard more than the dialogue tells: no second reply, no packet too many. */
  async expectSilence(): Promise<void> {
    await sleep(25);
    const more = [...this.parties.values()].flatMap(({ name, heard }) =>
      heard.map((packet) => `${name}: ${show(packet)}`),
    );
    expect(more, 'packets that the dialogue does not tell').toEqual([]);
  }

  async close(): Promise<void> {
    for (const party of this.parties.values()) party.close();
    await this.manager?.stop(0);
    for (const server of this.servers.values()) server.close();
    rmSync(this.directory, { recursive: true });
  }

  private async says(who: string, words: string): Promise<void> {
    if (words === 'START') {
      await this.raise(this.scenario.milters.find(({ name }) => name === who)!);
      return;
    }
    const party = who.startsWith('MTA') ? await this.mta(who) : await this.find(who);
    if (words === 'STOP') this.servers.get(who)!.close();
    this.lastSaid = performance.now();
    if (words === 'CLOSE' || words === 'STOP') party.close();
    else if (words === 'HALF-CLOSE') party.halfClose();
    else party.say(encode(words));
  }

  private async hears(who: string, words: string, after: number | undefined): Promise<void> {
    const party = await this.find(who);
    const packet = await party.hear();
    if (words === 'EOF') expect(packet && show(packet), `${who} hears the end`).toBeUndefined();
    else expect(packet ? show(packet) : 'EOF', `${who} hears`).toBe(show(encode(words)));
    if (after !== undefined) {
      const seconds = (performance.now() - this.lastSaid) / 1000;
      expect(seconds, `${who} hears it not before`).toBeGreaterThan(after / 2 - 0.01);
      expect(seconds, `${who} hears it not long after`).toBeLessThan(after + TOLERANCE);
    }
  }

  private async expectLog(text: string): Promise<void> {
    const path = join(this.directory, 'log');
    for (let attempt = 0; attempt < 400; attempt += 1) {
      if (existsSync(path) && readFileSync(path, 'utf8').includes(text)) return;
      await sleep(10);
    }
    expect(readFileSync(path, 'utf8')).toContain(text);
  }

  private async mta(name: string): Promise<Party> {
    const known = this.parties.get(name);
    if (known) return known;
    const party = new Party(
      name,
      connect(join(this.directory, 'manager')),
      undefined,
      this.stammering,
    );
    this.parties.set(name, party);
    const { offer } = this.scenario;
    if (offer !== undefined) {
      party.say(encode(`OPTNEG ${offer}`));
      const answer = await party.hear();
      expect(answer?.[4], 'the manager negotiates').toBe('O'.charCodeAt(0));
    }
    return party;
  }

  /** A child's part in a session begins some time after the MTA's. */
  private async find(name: string): Promise<Party> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const party = this.parties.get(name);
      if (party) return party;
      await sleep(5);
    }
    throw new Error(`${name} is not connected`);
  }

  private async raise(milter: MilterLine): Promise<void> {
    if (milter.manner === 'down') return;
    const server = createServer((socket) => {
      const connections = (this.connections.get(milter.name) ?? 0) + 1;
      this.connections.set(milter.name, connections);
      const name = connections === 1 ? milter.name : `${milter.name}${connections}`;
      const answers = (packet: Buffer) => reflex(milter, packet);
      this.parties.set(name, new Party(name, socket, answers, this.stammering));
    });
    this.servers.set(milter.name, server);
    await new Promise<void>((resolve) => server.listen(join(this.directory, milter.name), resolve));
  }

  private ini(): string {
    const lines = ['[manager]', 'detect = no', `connection_spec = unix:${this.directory}/manager`];
    lines.push(
      ...this.scenario.manager,
      '[log]',
      `path = ${this.directory}/log`,
      'use_syslog = no',
    );
    lines.push(...this.scenario.ini);
    for (const { name, settings } of this.scenario.milters) {
      lines.push(`[milter.${name}]`, `connection_spec = unix:${this.directory}/${name}`);
      if (!settings.some((setting) => setting.startsWith('after'))) lines.push('after =');
      lines.push(...settings);
    }
    return `${lines.join('\n')}\n`;
  }
}

/** What a child does without being told: negotiate, and say CONTINUE where it is of that kind. False: heard, not kept. */
function reflex(milter: MilterLine, packet: Buffer): Buffer | undefined | false {
  const letter = String.fromCharCode(packet[4]!);
  if (milter.manner === 'silent') return false;
  if (letter === 'O')
    return milter.negotiation.includes('itself')
      ? undefined
      : encode(`OPTNEG ${milter.negotiation}`);
  if (milter.manner !== 'continues') return undefined;
  return 'DAQK'.includes(letter) ? false : encode('CONTINUE');
}

/** Bytes as people can compare them. */
function show(packet: Buffer): string {
  return `${packet.readUInt32BE(0)} ${JSON.stringify(packet.toString('latin1', 4))}`;
}
