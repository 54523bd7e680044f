import { describe, expect, test } from 'vitest';
import { helpFor, parseArguments } from '../../src/cli/program.ts';
import type { Invocation } from '../../src/cli/invocation.ts';
import { GLOBAL_OPTIONS } from '../../src/commands/command.ts';
import { VERBS } from '../../src/commands/verbs.ts';
import { SetupError } from '../../src/host/setup-error.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';

function parsed(line: string): Invocation {
  const result = parseArguments(line.split(' ').filter((word) => word !== ''));
  if (!('run' in result)) throw new Error(`no run: ${result.text}`);
  return result.run;
}

function refused(line: string): SetupError {
  try {
    parsed(line);
  } catch (error) {
    if (error instanceof SetupError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const unwrapped = (text: string): string => text.replace(/\s+/g, ' ');

describe('what is typed', () => {
  test('nothing is the wizard', () => {
    expect(parsed('')).toMatchObject({ verb: { name: '' }, flags: {}, arguments: [] });
    expect(parsed('--milters greylist --yes')).toMatchObject({
      verb: { name: '' },
      flags: { milters: 'greylist' },
      options: { yes: true, dryRun: false, noInput: false, json: false, force: false },
    });
  });

  test.each([
    ['--root /srv/tree --yes add spamass', 'add --root /srv/tree spamass --yes'],
    ['--dry-run -y --json plan', 'plan --json --dry-run -y'],
    ['--default-action tempfail plan', 'plan --default-action=tempfail'],
    ['--no-input --platform freebsd status', 'status --platform freebsd --no-input'],
    ['undo --to 7 --packages --json', '--json undo --packages --to 7'],
  ])('options stand before or after the verb: %s', (before, after) => {
    expect(parsed(before)).toEqual(parsed(after));
  });

  test('every global option arrives', () => {
    const run = parsed(
      'status --root /a --platform centos6 --templates /t --dry-run --yes --no-input --json --force --replace-mta ' +
        '--answers /in --save-answers /out --verbose --quiet --log /l --color never',
    );
    expect(run.options).toEqual({
      root: '/a',
      platform: 'centos6',
      templates: '/t',
      dryRun: true,
      yes: true,
      noInput: true,
      json: true,
      force: true,
      replaceMta: true,
      saveAnswers: '/out',
      verbose: true,
      quiet: true,
      log: '/l',
    });
    expect(run.answers).toBe('/in');
    expect(run.color).toBe('never');
    expect(parsed('status --no-color').color).toBe('never');
    expect(parsed('status').color).toBe('auto');
  });

  test('lists given more than once grow', () => {
    const { flags } = parsed(
      '--milters greylist --milters clamav --local-networks 192.0.2.0/24 --local-networks ::1 ' +
        '--smtp-connections 1 --smtp-connections 2',
    );
    expect(flags).toEqual({
      milters: 'greylist,clamav',
      'local-networks': '192.0.2.0/24,::1',
      'smtp-connections': '2',
    });
  });

  test('arguments and options of verbs', () => {
    expect(parsed('disable greylist clamav').arguments).toEqual(['greylist', 'clamav']);
    expect(parsed('undo --to 20260131-101500 --list').verbOptions).toEqual({
      to: '20260131-101500',
      list: true,
    });
    expect(parsed('demo --keep').verbOptions).toEqual({ keep: true });
  });
});

describe('what is not understood', () => {
  test.each([
    ['statsu', 'unknown verb "statsu"', 'did you mean status?'],
    ['frobnicate', 'unknown verb "frobnicate"', 'milter-setup --help'],
    ['--mitlers greylist', "unknown option '--mitlers'", 'did you mean --milters?'],
    ['undo --pakages', "unknown option '--pakages'", 'did you mean --packages?'],
    ['status --milters greylist', '--milters does not apply to status', '--help'],
    ['enable', "missing required argument 'milter'", '--help'],
    ['status greylist', "too many arguments for 'status'", '--help'],
    ['--platform beos', "'beos' is invalid", '--help'],
    ['--platform freebds', 'freebsd, centos6, redhat, debian', 'did you mean freebsd?'],
    ['--root', 'argument missing', '--help'],
    ['demo --to 1', "unknown option '--to'", ''],
  ])('%s', (line, message, hint) => {
    const error = refused(line);
    expect(error.exitCode).toBe(2);
    expect(error.code).toBe('usage');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(error.hint).toContain(hint);
  });
});

describe('the help', () => {
  const help = helpFor('');

  test('names every verb, every option, every question with its variable', () => {
    const text = unwrapped(help);
    for (const { name, summary } of VERBS) {
      expect(text).toMatch(new RegExp(` ${name} `));
      expect(text).toContain(summary);
    }
    for (const { flags, summary } of GLOBAL_OPTIONS) {
      expect(text).toContain(flags);
      expect(text).toContain(summary);
    }
    for (const { flag, env, summary } of QUESTIONS) {
      expect(text).toContain(`${flag} <`);
      expect(text).toContain(`[${env}]`);
      expect(text).toContain(summary);
    }
  });

  test('--help is the same, for the program and for a verb', () => {
    expect(parseArguments(['--help'])).toEqual({ text: help });
    expect(parseArguments(['undo', '--help'])).toEqual({ text: helpFor('undo') });
    expect(parseArguments(['--root', '/x', 'plan', '-h'])).toEqual({ text: helpFor('plan') });
  });

  test.each(VERBS.map((verb) => [verb.name, verb] as const))(
    'of %s: what it does, its options and no others, examples',
    (name, verb) => {
      const text = unwrapped(helpFor(name));
      expect(text).toContain(unwrapped(verb.help));
      for (const { flags } of verb.options) expect(text).toContain(flags);
      for (const { key, flag } of QUESTIONS) {
        expect(text.includes(`${flag} <`)).toBe(verb.questions.includes(key));
      }
      for (const { flags } of GLOBAL_OPTIONS) expect(text).toContain(flags);
      expect(verb.examples.length).toBeGreaterThan(0);
    },
  );

  test('every example is understood', () => {
    for (const verb of VERBS) {
      for (const example of verb.examples) {
        expect(parsed(example.replace(/^milter-setup/, '')).verb.name).toBe(verb.name);
      }
    }
  });
});
