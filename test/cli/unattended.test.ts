/**
 * Without a terminal: the built program as a script, cron or Ansible starts it. With all flags given no verb asks or
 * waits for anything, whatever its standard input is.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { VERBS, WIZARD, type Verb } from '../../src/commands/verbs.ts';
import { EXIT } from '../../src/host/setup-error.ts';
import { parseAnswersFile } from '../../src/questions/answers-file.ts';
import type { QuestionKey } from '../../src/questions/questions.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';
import { growTree } from '../commands/tree.ts';
import { freshDebian } from './tree.ts';

const PROGRAM = new URL('../../bin/milter-setup.js', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'unattended-'));
const tree = growTree();
const fresh = freshDebian();
afterAll(() => {
  tree.remove();
  fresh.remove();
  rmSync(directory, { recursive: true });
});

const ANSWERS: Readonly<Record<QuestionKey, string>> = {
  'take-over': 'no',
  milters: 'milter-greylist,opendkim',
  'keep-settings': 'none',
  'default-action': 'tempfail',
  'smtp-connections': '30',
  'dkim-domain': 'example.com',
  'dkim-selector': 'mail',
  'dmarc-failures': 'reject',
  'local-networks': '192.0.2.0/24,2001:db8::/32',
  'greylist-delay': '5m',
};

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** @param input `closed` is no file descriptor 0 at all */
function start(argv: readonly string[], input: 'null' | 'closed', env = {}): Promise<Ended> {
  const whole = [process.execPath, PROGRAM, ...argv];
  const shell = input === 'closed' ? ['/bin/sh', '-c', 'exec "$@" <&-', 'sh'] : [];
  const [program = '', ...rest] = [...shell, ...whole];
  const nothing = openSync('/dev/null', 'r');
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      stdio: [nothing, 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...env },
      timeout: 60_000,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (piece: Buffer) => (output += piece.toString()));
    }
    child.on('close', (code) => {
      closeSync(nothing);
      resolve({ code, output });
    });
  });
}

function flagsOf(verb: Verb): readonly string[] {
  return QUESTIONS.filter(({ key }) => verb.questions.includes(key)).flatMap(({ key, flag }) => [
    flag,
    ANSWERS[key],
  ]);
}

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  add: ['opendkim'],
  enable: ['greylist'],
  disable: ['greylist'],
  remove: ['greylist'],
  completion: ['bash'],
  help: ['files'],
};

describe.each([WIZARD, ...VERBS].map((verb) => [verb.name || 'the wizard', verb] as const))(
  '%s',
  (_name, verb) => {
    const words = [verb.name, ...(ARGUMENTS[verb.name] ?? [])].filter((word) => word !== '');
    const argv = [...words, '--root', tree.root, ...flagsOf(verb)];

    test('ends, and asks nothing', async () => {
      const runs = await Promise.all([
        start([...argv, '--no-input'], 'null'),
        start([...argv, '--yes'], 'closed'),
      ]);
      for (const { code, output } of runs) {
        expect(Object.values(EXIT)).toContain(code);
        expect(code).not.toBe(EXIT.cancelled);
        expect(output).not.toContain('internal error');
        expect(output).not.toContain('\u001B');
        for (const { message } of QUESTIONS) expect(output).not.toContain(message);
      }
    });
  },
  120_000,
);

describe('an answers file', () => {
  const first = join(directory, 'first.ini');
  const second = join(directory, 'second.ini');
  const plan = (...more: readonly string[]): Promise<Ended> =>
    start(['plan', '--root', tree.root, '--no-input', ...more], 'null');

  test('has every answer, and gives the same plan and the same file again', async () => {
    const flags = QUESTIONS.flatMap(({ key, flag }) => [flag, ANSWERS[key]]);
    const typed = await plan(...flags, '--save-answers', first);
    const saved = readFileSync(first, 'utf8');
    for (const { key } of QUESTIONS) expect(saved).toContain(`\n${key} = ${ANSWERS[key]}\n`);
    const read = await plan('--answers', first, '--save-answers', second);
    // The proofs have a new sender each time.
    const plain = ({ code, output }: Ended): Ended => ({
      code,
      output: output.replaceAll(/probe-\w+-/g, 'probe-'),
    });
    expect(plain(read)).toEqual(plain(typed));
    expect(readFileSync(second, 'utf8')).toBe(saved);
  });

  test('and variables of the same names as well', async () => {
    const variables = Object.fromEntries(QUESTIONS.map(({ key, env }) => [env, ANSWERS[key]]));
    const argv = ['plan', '--root', tree.root, '--no-input', '--save-answers', second];
    const { code } = await start(argv, 'null', variables);
    expect(code).toBe(EXIT.pending);
    for (const { key } of QUESTIONS) {
      expect(readFileSync(second, 'utf8')).toContain(`\n${key} = ${ANSWERS[key]}\n`);
    }
  });

  const swapped = (word: string): string => word.replace(/(.)(.)$/, '$2$1');

  test.each(QUESTIONS.map(({ key }) => key))('with a typo in %s is refused', (key) => {
    expect(() => parseAnswersFile(`${swapped(key)} = x\n`, 'mine.ini')).toThrow(
      expect.objectContaining({ exitCode: EXIT.usage, hint: `did you mean ${key}?` }),
    );
  });

  test('a typo in a variable is told', async () => {
    const typos = Object.fromEntries(QUESTIONS.map(({ env }) => [swapped(env), 'x']));
    const { output } = await start(['help', 'files'], 'null', typos);
    for (const { env } of QUESTIONS) {
      expect(output).toContain(`${swapped(env)} is not used; did you mean ${env}?`);
    }
  });
});

test('missing answers are named at once, with flags that can be typed as they stand', async () => {
  const argv = ['--root', fresh.root, '--dry-run', '--no-input', '--milters', 'spamass,opendkim'];
  const missing = await start(argv, 'null');
  expect(missing.code).toBe(EXIT.usage);
  expect(missing.output).toMatch(
    /missing, and nobody can be asked: --default-action, --smtp-connections, --dkim-domain, /,
  );
  const flags = missing.output.trimEnd().split('\n').at(-1)!.trim().split(' ');
  expect(flags).toContain('DOMAIN');
  const given = flags.map((word) => (word === 'DOMAIN' ? 'example.com' : word));
  expect((await start([...argv, ...given], 'null')).code).toBe(EXIT.pending);
});
