/** A fault of ours, at each entrance of a session: the MTA has its reply, the child no blame, the log a trace. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfiguration } from '../../../src/manager-config/read-configuration.ts';
import { Child } from '../../../src/manager/child/child.ts';
import { Changes } from '../../../src/manager/merge/changes.ts';
import { startManager, type Manager } from '../../../src/manager/program/manager.ts';
import { Crew } from '../../../src/manager/session/crew.ts';
import { Gate } from '../../../src/manager/gate/gate.ts';
import { Participant } from '../../../src/manager/child/participant.ts';
import { Transaction } from '../../../src/manager/session/transaction.ts';
import { WhimsicalChild } from './whimsical-child.ts';
import { Wire } from './wire.ts';

const directory = mkdtempSync(join(tmpdir(), 'guard-'));
let manager: Manager;
let child: WhimsicalChild;
let close: () => void;
let warnings: string[];
let blamed: string[];

beforeEach(async () => {
  const [its, server] = await WhimsicalChild.listen(join(directory, 'child'));
  child = its;
  child.begin({ steps: 0, says: ['goesOn'], changes: [] });
  close = () => server.close();
  const section = `connection_spec = unix:${directory}/child\nreading_timeout = 0.3\n`;
  const text = `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\nbreaker_failures = 1\n[log]\nuse_syslog = no\n[milter.a]\n${section}[milter.b]\n${section}after = a\n`;
  const detect = () => ({ milters: [], warnings: [] });
  manager = await startManager({ configuration: readConfiguration({ text, path: 'i', detect }) });
  warnings = [];
  blamed = [];
  // A want of resources is ours.
  vi.spyOn(manager.observer, 'childFailed').mockImplementation(
    (_session, name, _stage, { kind }) => {
      if (kind !== 'resources') blamed.push(`${name}: ${kind}`);
    },
  );
  vi.spyOn(manager.observer, 'warn').mockImplementation((_session, text) => warnings.push(text));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await manager.stop(0);
  close();
  rmSync(join(directory, 'child'), { force: true });
});

const FAULT = new Error('a fault of ours');
const fails = (): never => {
  throw FAULT;
};

/** One mail; gives the answer to its end. */
async function playMail(wire: Wire): Promise<string> {
  let outcome = await wire.ask('M', '<1@example.org>\0');
  for (const [event, data] of [
    ['R', '<r@example.org>\0'],
    ['T', ''],
    ['L', 'A\0b\0'],
    ['N', ''],
    ['B', 'x'],
  ] as const) {
    const next = await wire.ask(event, data);
    if (outcome === 'go on') outcome = next;
  }
  const end = await wire.ask('E', '');
  return outcome === 'go on' ? end : outcome;
}

describe('a fault of ours', () => {
  it.each([
    ['in what the MTA says', () => vi.spyOn(Crew.prototype, 'consult')],
    [
      'in what a child says',
      () => vi.spyOn(Participant.prototype as unknown as { answered(): void }, 'answered'),
    ],
    ['in the answer to the MTA', () => vi.spyOn(Gate.prototype, 'change')],
    ['in the content of a mail', () => vi.spyOn(Transaction.prototype, 'content')],
    ['in the merge of changes', () => vi.spyOn(Changes.prototype, 'takeStage')],
    ['in what the next stage is given', () => vi.spyOn(Changes.prototype, 'currentHeaders')],
  ] as const)('%s refuses the mail, and blames no child', async (_where, spy) => {
    const wire = new Wire(join(directory, 'manager'), [1000]);
    await wire.negotiate(0x1fffff);
    (spy() as { mockImplementation(does: () => never): unknown }).mockImplementation(fails);
    expect(await playMail(wire)).toBe('refused');
    vi.restoreAllMocks();
    expect(await wire.ask('M', '<2@example.org>\0')).toBe('refused');
    await wire.close();
    expect(warnings.join('\n')).toMatch(/internal error: Error: a fault of ours \| at /);

    // Neither the child nor its breaker has a fault to remember.
    const next = new Wire(join(directory, 'manager'), [1000]);
    await next.negotiate(0x1fffff);
    child.begin({ steps: 0, says: ['goesOn'], changes: [] });
    expect(await playMail(next)).toBe('go on');
    expect(child.heard.filter((letter) => letter === 'E')).toHaveLength(2);
    await next.close();
    expect(blamed).toEqual([]);
  });

  it('in a timer refuses the mail', async () => {
    child.begin({ steps: 0, says: ['isSilent'], changes: [] });
    vi.spyOn(Child.prototype as unknown as { timedOut(): void }, 'timedOut').mockImplementation(
      fails,
    );
    const wire = new Wire(join(directory, 'manager'), [1000]);
    await wire.negotiate(0x1fffff);
    expect(await wire.ask('M', '<1@example.org>\0')).toBe('refused');
    expect(warnings.join('\n')).toContain('internal error: Error: a fault of ours');
    expect(blamed).toEqual([]);
    await wire.close();
  });
});
