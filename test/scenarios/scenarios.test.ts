import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { play, playThroughClient } from './play.ts';
import { parseScenario } from './scenario.ts';

const directory = import.meta.dirname;
const files = readdirSync(directory).filter((name) => name.endsWith('.scenario'));
const textOf = (name: string) => readFileSync(join(directory, name), 'utf8');
/** Lines that say when something happens, or what does after the last reply: two players do not keep in step there. */
const TIMED =
  /^(?:wait |\S+ > (?:CLOSE|HALF-CLOSE|STOP)|no log)|\(after [\d.]+ s\)$|evaluation_mode/m;
const untimed = files.filter((name) => !TIMED.test(textOf(name)));

describe('the manager between an MTA and its children', () => {
  it.concurrent.each(files)('%s', async (name) => {
    await play(parseScenario(textOf(name)));
  });
});

describe('the same dialogues, with milter-test-server as the MTA', () => {
  it.concurrent.each(untimed)('%s', async (name) => {
    await playThroughClient(parseScenario(textOf(name)), textOf(name));
  });
});

describe('the same dialogues, with every packet in two pieces', () => {
  it.concurrent.each(untimed)('%s', async (name) => {
    await play(parseScenario(textOf(name)), true);
  });
});
