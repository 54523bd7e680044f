import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { EXIT } from '../../src/host/setup-error.ts';
import type { QuestionKey } from '../../src/questions/questions.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';
import { freshDebian } from './tree.ts';

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** The program with its input closed and its output in pipes. */
async function milterSetup(argv: readonly string[], environment = {}): Promise<Ended> {
  const input = new PassThrough().end();
  const output = new PassThrough();
  const errors = new PassThrough();
  const never = new AbortController().signal;
  const code = await run({
    argv,
    environment,
    input: input as unknown as NodeJS.ReadStream,
    output: output as unknown as NodeJS.WriteStream,
    errors: errors as unknown as NodeJS.WriteStream,
    signal: never,
    urgentSignal: never,
  });
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, output: text(output), errors: text(errors) };
}

describe('an error', () => {
  test('is one line and the next step, on standard error', async () => {
    expect(await milterSetup(['statsu'])).toEqual({
      code: 2,
      output: '',
      errors:
        'milter-setup: unknown verb "statsu"\ndid you mean status? Or see milter-setup --help\n',
    });
  });

  test('with --json is an object on standard output, too', async () => {
    const { code, output, errors } = await milterSetup(['plan', '--jsno', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(output)).toEqual({
      schema: 1,
      error: {
        code: 'usage',
        message: "unknown option '--jsno'",
        hint: 'did you mean --json?',
        exitCode: 2,
      },
    });
    expect(errors).toContain("milter-setup: unknown option '--jsno'");
  });

  test('names a --root that is not there', async () => {
    const { code, errors } = await milterSetup(['status', '--root', '/no/such/tree']);
    expect(code).not.toBe(0);
    expect(errors).toContain('/no/such/tree');
  });

  test('names the line of an answers file that no question has', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'answers-'));
    try {
      const path = join(directory, 'answers.ini');
      writeFileSync(path, 'default_action = accept\n');
      const { code, errors } = await milterSetup(['completion', 'bash', '--answers', path]);
      expect(code).toBe(2);
      expect(errors).toContain(`${path}: no question has the key "default_action"`);
      expect(errors).toContain('did you mean default-action?');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('is red where colour is wanted, and has no escape codes elsewhere', async () => {
    const asked = await milterSetup(['statsu', '--color', 'always']);
    expect(asked.errors).toContain('\u001B[31m');
    const forced = await milterSetup(['statsu'], { FORCE_COLOR: '1' });
    expect(forced.errors).toContain('\u001B[31m');
    expect((await milterSetup(['statsu'])).errors).not.toContain('\u001B');
    const refused = await milterSetup(['--no-color', 'statsu'], { FORCE_COLOR: '1' });
    expect(refused.errors).not.toContain('\u001B');
  });
});

describe('with nobody to ask', () => {
  const tree = freshDebian();
  afterAll(() => tree.remove());
  const flags: Readonly<Record<QuestionKey, string>> = {
    'take-over': 'no',
    milters: 'greylist,clamav,spamass',
    'keep-settings': 'none',
    'default-action': 'tempfail',
    'smtp-connections': '30',
    'dkim-domain': 'example.com',
    'dkim-selector': 'mail',
    'dmarc-failures': 'mark',
    'local-networks': '192.0.2.0/24',
    'greylist-delay': '5m',
  };

  test('a flag for every question: the plan is made and nothing is asked', async () => {
    const given = QUESTIONS.flatMap(({ key, flag }) => [flag, flags[key]]);
    const { code, output, errors } = await milterSetup([
      ...['plan', '--root', tree.root, '--no-input'],
      ...given,
    ]);
    expect(errors).toBe('');
    expect(code).toBe(EXIT.pending);
    expect(output).toContain('+milter_default_action = tempfail');
    expect(output).not.toContain('\u001B');
    for (const { message } of QUESTIONS) expect(output).not.toContain(message);
  });

  test('all missing flags are named at once', async () => {
    const argv = ['--dry-run', '--root', tree.root, '--smtp-connections', '30'];
    const { code, errors } = await milterSetup(argv);
    expect(code).toBe(2);
    expect(errors).toContain('--milters, --default-action, --local-networks\n');
  });

  test('--json: the plan alone on standard output, prose elsewhere', async () => {
    const { code, output, errors } = await milterSetup([
      ...['plan', '--root', tree.root, '--json', '--yes'],
    ]);
    expect(code).toBe(EXIT.pending);
    expect(JSON.parse(output)).toMatchObject({ schema: 1, pending: true });
    expect(errors).toContain('Commands, in order');
  });

  test('a run that would apply, without --yes, stops before it does', async () => {
    const given = QUESTIONS.flatMap(({ key, flag }) => [flag, flags[key]]);
    const { code, errors } = await milterSetup(['--root', tree.root, '--no-input', ...given]);
    expect(code).toBe(2);
    expect(errors).toContain('--yes');
    expect(readdirSync(tree.root)).toEqual(['etc']);
  });
});

describe('help', () => {
  test('exit-codes lists every one', async () => {
    const { code, output } = await milterSetup(['help', 'exit-codes']);
    expect(code).toBe(0);
    for (const number of Object.values(EXIT))
      expect(output).toMatch(new RegExp(`^ +${number}  \\S`, 'm'));
  });

  test('answers tells flag, key and variable of every question', async () => {
    const { output } = await milterSetup(['help', 'answers']);
    for (const { key, flag, env } of QUESTIONS) {
      expect(output).toContain(`  ${flag} `);
      expect(output).toContain(`answers file: ${key} =`);
      expect(output).toContain(`environment: ${env}\n`);
    }
  });

  test('files says where the journal is', async () => {
    expect((await milterSetup(['help', 'files'])).output).toContain('/var/lib/milter-setup');
  });

  test.each([
    ['environment', 'NO_COLOR'],
    ['logs', '/var/log/milter-setup'],
    ['milters', 'milter-greylist, greylist'],
    ['templates', '--templates DIR'],
    ['undo', 'milter-setup undo --list'],
  ])('%s, listed by help, and no wider than 80 columns', async (topic, words) => {
    const { code, output } = await milterSetup(['help', topic]);
    expect(code).toBe(0);
    expect(output).toContain(words);
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect((await milterSetup(['help'])).output).toMatch(new RegExp(`^  ${topic} +\\w`, 'm'));
  });

  test('of a verb, and without a topic the whole', async () => {
    expect((await milterSetup(['help', 'undo'])).output).toContain('--packages');
    expect((await milterSetup(['help'])).output).toBe((await milterSetup(['--help'])).output);
  });

  test('suggests a topic', async () => {
    const { code, errors } = await milterSetup(['help', 'exitcodes']);
    expect(code).toBe(2);
    expect(errors).toContain('did you mean exit-codes?');
  });
});

test('--version is a version alone', async () => {
  const { code, output } = await milterSetup(['--version']);
  expect(code).toBe(0);
  expect(output).toMatch(/^\S+\n$/);
});

test('a variable that looks like an answer and is none is told', async () => {
  const environment = { MILTER_SETUP_MILTER: 'greylist' };
  const { code, errors } = await milterSetup(['completion', 'bash'], environment);
  expect(code).toBe(0);
  expect(errors).toContain('MILTER_SETUP_MILTER is not used; did you mean MILTER_SETUP_MILTERS?');
});
