/** Every kind of layout that the gate knows, one by one: what children want changed, and what MTAs say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfiguration } from '../../../src/manager-config/read-configuration.ts';
import { isWellFormedCommand } from '../../../src/manager/gate/command-layout.ts';
import { isWellFormed } from '../../../src/manager/gate/modification-layout.ts';
import { startManager, type Manager } from '../../../src/manager/program/manager.ts';
import { PacketReader } from '../../../src/protocol/packet-reader.ts';
import { objection, type Event } from './postfix.ts';
import { CHANGES, WhimsicalChild } from './whimsical-child.ts';
import { framed, Wire } from './wire.ts';

function packetOf(text: string) {
  return new PacketReader(1_000_000).push(framed(text))[0]!;
}

describe('what a child wants changed', () => {
  it.each(Object.entries(CHANGES))('%s: is well-formed where Postfix can read it', (name, text) => {
    const before = { actions: 0x1ff, afterMail: true, bodyDone: false };
    // A long body goes on in pieces.
    const readable =
      name === 'longBody' || objection('E', Buffer.from(text, 'latin1'), before) === undefined;
    expect(isWellFormed(packetOf(text))).toBe(readable);
  });
});

const GOOD: readonly string[] = [
  'Chost\x00U',
  'Chost\x004\x00\x19192.0.2.1\0',
  'Chost\x006\x00\x19::1\0',
  'Clocalhost\x00L\x00\x00/run/x\0',
  'Hx\0',
  'UWIZ\0',
  'M<>\0',
  'M<a@example.org>\0SIZE=1\0BODY=8BITMIME\0',
  'R<b@example.org>\0',
  'T',
  'LSubject\0\0',
  'N',
  'B',
  'Btext',
  'E',
  'Elast piece',
  'DC',
  'DMi\0Q1\0{auth_authen}\0\0',
  'A',
  'K',
  'Q',
];

/** Answered ones, with what they lack or have too much of. */
const BAD: readonly string[] = [
  'C',
  'Chost',
  'Chost\0',
  'Chost\0X\x00\x19192.0.2.1\0',
  'Chost\x00Umore',
  'Chost\x004',
  'Chost\x004\x00\x19',
  'Chost\x004\x00\x19192.0.2.1',
  'Chost\x004\x00\x19192.0.2.1\0more\0',
  'H',
  'Hx',
  'Hx\0y\0',
  'U',
  'UWIZ',
  'M',
  'M<>',
  'M<>\0SIZE=1',
  'R',
  'R<b@example.org>',
  'Tmore',
  'L',
  'LSubject',
  'LSubject\0',
  'LSubject\0x',
  'L\0x\0',
  'LSubject\0x\0y\0',
  'Nmore',
];
const SILENT: readonly string[] = ['D', 'DMi', 'DMi\0', 'DMi\0Q1', 'DMi\0Q1\0j\0', 'Amore'];

describe('what an MTA says', () => {
  it.each(GOOD)('%j is a command', (text) => {
    expect(isWellFormedCommand(packetOf(text))).toBe(true);
  });
  it.each([...BAD, ...SILENT])('%j is none', (text) => {
    expect(isWellFormedCommand(packetOf(text))).toBe(false);
  });
});

describe('what no MTA says', () => {
  const directory = mkdtempSync(join(tmpdir(), 'door-'));
  let manager: Manager;
  let child: WhimsicalChild;
  let close: () => void;

  beforeAll(async () => {
    const [its, server] = await WhimsicalChild.listen(join(directory, 'child'));
    child = its;
    close = () => server.close();
    const text = `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\n[log]\nuse_syslog = no\n[milter.a]\nconnection_spec = unix:${directory}/child\n`;
    const detect = () => ({ milters: [], warnings: [] });
    manager = await startManager({ configuration: readConfiguration({ text, path: 'i', detect }) });
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await manager.stop(0);
    close();
    rmSync(directory, { recursive: true });
  });

  it.each([...BAD, ...SILENT])('%j is refused at the door, with all that follows', async (text) => {
    child.begin({ steps: 0, says: ['goesOn'], changes: [] });
    const warnings: string[] = [];
    vi.spyOn(manager.observer, 'warn').mockImplementation((_session, text) => warnings.push(text));
    const wire = new Wire(join(directory, 'manager'), [1000]);
    await wire.negotiate(0x1fffff);
    await wire.ask('H', 'x\0');
    const heard = child.heard.length;
    if (SILENT.includes(text) || 'LN'.includes(text[0]!)) await wire.tell(text);
    else expect(await wire.ask(text[0] as Event, text.slice(1))).toBe('refused');
    expect(await wire.ask('M', '<a@example.org>\0')).toBe('refused');
    expect(await wire.ask('E', '')).toBe('refused');
    expect(child.heard.slice(heard).filter((letter) => letter !== 'Q')).toEqual([]);
    await wire.close();
    expect(warnings).toEqual([expect.stringContaining('the MTA sent a malformed')]);
  });
});
