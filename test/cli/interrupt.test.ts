import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bundle } from '../ui/terminal.ts';
import { bundleProgram, plain, talk, UTF8_TERMINAL } from '../ui/terminal.ts';
import { freshDebian } from './tree.ts';

const CTRL_C = '\u0003';
const tree = freshDebian();
let program: Bundle;
beforeAll(async () => {
  program = await bundleProgram(new URL('../../src/cli/milter-setup.ts', import.meta.url).pathname);
});
afterAll(() => {
  program.remove();
  tree.remove();
});

test('Ctrl-C at a prompt of the wizard: one line, nothing changed, exit code 130', async () => {
  const dialogue = [['Which milters', CTRL_C]] as const;
  const { exitCode, output } = await talk([program.path, '--root', tree.root], dialogue);
  expect(exitCode).toBe(130);
  expect(plain(output).split('milter-setup: ')[1]?.trimEnd()).toBe(
    'cancelled; nothing was changed',
  );
  expect(readdirSync(tree.root)).toEqual(['etc']);
});

test('in a CI nobody is asked, though it may have a terminal', async () => {
  const environment = { ...UTF8_TERMINAL, CI: 'true' };
  const { exitCode, output } = await talk([program.path, '--root', tree.root], [], environment);
  expect(exitCode).toBe(2);
  expect(plain(output)).toContain('--milters, --default-action');
});
