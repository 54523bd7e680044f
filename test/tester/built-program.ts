/** Bundles one of our programs into a temporary directory, so that tests run what users run. */

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** @param source path below the repository's top, such as `src/tester/main.ts` */
export async function buildProgram(source: string): Promise<string> {
  const top = new URL('../../', import.meta.url).pathname;
  const file = join(mkdtempSync(join(tmpdir(), 'built-program-')), 'program.cjs');
  const bundle = await rolldown({ input: join(top, source), platform: 'node', cwd: top });
  await bundle.write({ file, format: 'cjs', codeSplitting: false });
  return file;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runProgram(file: string, args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file, ...args]);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
    child.stdin.end(input, 'latin1');
  });
}
