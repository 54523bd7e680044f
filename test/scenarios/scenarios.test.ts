import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { play } from './play.ts';
import { parseScenario } from './scenario.ts';

const directory = import.meta.dirname;
const files = readdirSync(directory).filter((name) => name.endsWith('.scenario'));

describe('the manager between an MTA and its children', () => {
  it.concurrent.each(files)('%s', async (name) => {
    await play(parseScenario(readFileSync(join(directory, name), 'utf8')));
  });
});
