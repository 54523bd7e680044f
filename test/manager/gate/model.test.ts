import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../src/manager-config/read-configuration.ts';
import { startManager, type Manager } from '../../../src/manager/program/manager.ts';
import { Postfix, type Event, type Typed } from './postfix.ts';
import {
  ANSWERS,
  CHANGES,
  WhimsicalChild,
  type Change,
  type Said,
  type Script,
} from './whimsical-child.ts';
import { Wire } from './wire.ts';

const directory = mkdtempSync(join(tmpdir(), 'gate-'));
const NAMES = ['a', 'b', 'c', 'shadow'] as const;
let manager: Manager;
const children: WhimsicalChild[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  let ini = `[manager]\ndetect = no\nconnection_spec = unix:${directory}/manager\nbreaker_failures = 0\n[log]\nuse_syslog = no\n`;
  for (const name of NAMES) {
    const path = join(directory, name);
    const [child, server] = await WhimsicalChild.listen(path);
    children.push(child);
    servers.push(server);
    ini += `[milter.${name}]\nconnection_spec = unix:${path}\n`;
    ini += name === 'c' ? 'after = a\n' : 'after =\n';
    if (name === 'b') ini += 'pipelining = yes\n';
    if (name === 'shadow') ini += 'evaluation_mode = yes\n';
  }
  const detect = () => ({ milters: [], warnings: [] });
  manager = await startManager({
    configuration: readConfiguration({ text: ini, path: 'ini', detect }),
  });
});
afterAll(async () => {
  await manager.stop(0);
  for (const server of servers) server.close();
  rmSync(directory, { recursive: true });
});

/** Sessions of each kind; any number from the environment. */
const RUNS = Number(process.env.GATE_SESSIONS ?? 250);
const PATIENCE = 30_000 + RUNS * 200;

const said = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Said>('goesOn') },
  { weight: 3, arbitrary: fc.constantFrom(...(Object.keys(ANSWERS) as Said[])) },
);
const change = fc.constantFrom(...(Object.keys(CHANGES) as Change[]));
/** Bits of SMFIP that a child may agree to: no HELO, no unknown commands; no replies to commands; SKIP. */
const steps = fc
  .subarray([0x2, 0x100, 0x200, 0x80, 0x400, 0x2000, 0x4000, 0x10000, 0x20000, 0x40000, 0x80000])
  .map((bits) => bits.reduce((all, bit) => all | bit, 0));
const script: fc.Arbitrary<Script> = fc.record({
  steps: fc.oneof(fc.constant(0), steps),
  says: fc.array(said, { minLength: 1, maxLength: 14 }),
  changes: fc.array(change, { maxLength: 3 }),
});
/** Each for itself, or all of one mind: what all say at once is what goes to the MTA. */
const scripts = fc.oneof(
  fc.tuple(script, script, script, script),
  script.map((one) => [one, one, one, one] as const),
);
const pieces = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
/** What the MTA offers: everything, or none of the steps in which a reply is left out. */
const offers = fc.constantFrom(0x1fffff, 0x1fffff & ~0xc0080, 0x17f);

function begin(given: readonly Script[], sizes: readonly number[], readPast = true): Wire {
  for (const [index, child] of children.entries()) child.begin(given[index]!, readPast);
  return new Wire(join(directory, 'manager'), sizes);
}

describe('whatever an SMTP client types and children say', () => {
  const typed = fc.oneof(
    { weight: 3, arbitrary: fc.constant<readonly Typed[]>(['MAIL', 'RCPT', 'DATA']) },
    { weight: 2, arbitrary: fc.constant<readonly Typed[]>(['MAIL', 'RSET', 'EHLO']) },
    {
      weight: 6,
      arbitrary: fc
        .constantFrom<Typed>('EHLO', 'MAIL', 'RCPT', 'DATA', 'RSET', 'WIZ')
        .map((one): readonly Typed[] => [one]),
    },
  );

  it(
    'Postfix obeys each answer, and takes no mail that a child refused or was not asked about',
    async () => {
      const dialogue = fc.array(typed, { maxLength: 9 }).map((parts) => parts.flat());
      await fc.assert(
        fc.asyncProperty(dialogue, scripts, pieces, offers, async (lines, given, sizes, offer) => {
          const wire = begin(given, sizes);
          await wire.negotiate(offer);
          const postfix = new Postfix(wire);
          await postfix.connect();
          for (const line of lines) await postfix.type(line);
          const taken = postfix.mails.filter(({ end }) => end === 'taken');
          const complaints = taken.flatMap(({ id }) =>
            NAMES.slice(0, 3).flatMap((name, index) => {
              const complaint = children[index]!.complaint(id);
              return complaint ? [`${name} ${complaint}: mail ${id}`] : [];
            }),
          );
          expect(complaints).toEqual([]);
          await wire.close();
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE,
  );
});

describe('in whatever order an MTA says its commands', () => {
  const DATA: Readonly<Record<Event, string>> = {
    ...{ C: 'h\x004\x00\x19192.0.2.1\0', H: 'x\0', U: 'WIZ\0', M: '<1@example.org>\0' },
    ...{ R: '<r@example.org>\0', T: '', L: 'Subject\0x\0', N: '', B: 'text\r\n', E: '' },
  };
  const order = fc.array(fc.constantFrom<Event | 'A'>(...(Object.keys(DATA) as Event[]), 'A'), {
    maxLength: 20,
  });

  it(
    'each has one answer, which Postfix obeys',
    async () => {
      await fc.assert(
        fc.asyncProperty(order, scripts, pieces, offers, async (events, given, sizes, offer) => {
          // Content without a MAIL is nothing that a milter would answer then.
          const wire = begin(given, sizes, false);
          await wire.negotiate(offer);
          for (const event of events) {
            if (event === 'A') await wire.tell('A');
            else await wire.ask(event, DATA[event]);
          }
          await wire.close();
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE,
  );
});
