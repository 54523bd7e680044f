/** Makes a program of a TypeScript file: Node 20 does not run one by itself. */
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

export interface Program {
  readonly path: string;
  remove(): void;
}

/** @param name a file beside this one */
export async function buildProgram(name: string): Promise<Program> {
  const directory = fs.mkdtempSync(join(os.tmpdir(), 'milter-setup-program-'));
  const path = join(directory, name.replace(/ts$/, 'mjs'));
  const input = join(import.meta.dirname, name);
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  await bundle.write({ file: path, format: 'esm', codeSplitting: false });
  return { path, remove: () => fs.rmSync(directory, { recursive: true }) };
}
