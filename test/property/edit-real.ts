/** Runs the programs that own the formats, each in a directory of its own, and reads what they say. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { editorFor } from '../../src/edit/editors.ts';
import { EditError, type Format, type Settings } from '../../src/edit/format.ts';
import { afterThisFile } from '../cleanup.ts';
import { KINDS, type Kind } from './edit-files.ts';

/** Some programs read every file of the directory, so each has its own. */
export let dir = '';
export function ownDirectory(name: string): void {
  const made = mkdtempSync(join(tmpdir(), `edit-real-${name}-`));
  afterThisFile(() => rmSync(made, { recursive: true }));
  dir = made;
}

export interface Output {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export function run(program: string, args: readonly string[]): Output {
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: dir,
    encoding: 'latin1',
    env: { PATH, LC_ALL: 'C', HOME: dir },
    timeout: 60_000,
  });
  if (error !== undefined) throw error;
  return { status, out: stdout, err: stderr };
}

export function save(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text, 'latin1');
  // Postfix waits two seconds before it reads a file that was changed just now (load_file.c).
  utimesSync(path, 1_000_000_000, 1_000_000_000);
  return path;
}

export const kindOf = (format: Format): Kind => KINDS.find((kind) => kind.format === format)!;

export function edit(format: Format, text: string, settings: Settings): string | undefined {
  try {
    return editorFor(format).merge(text, settings).text;
  } catch (error) {
    if (error instanceof EditError) return undefined;
    throw error;
  }
}

/** `name = value` lines as a map, blanks in values collapsed. */
export function valuesIn(out: string): Map<string, string> {
  const pairs = [...out.matchAll(/^([\w.-]+) = *(.*)$/gm)];
  return new Map(
    pairs.map(([, name = '', value = '']) => [name, value.replace(/\s+/g, ' ').trim()]),
  );
}

export function expectOthersSame(
  before: Map<string, string>,
  after: Map<string, string>,
  ours: RegExp,
): void {
  const others = (values: Map<string, string>): unknown =>
    [...values].filter(([key]) => !ours.test(key));
  expect(others(after)).toEqual(others(before));
}
