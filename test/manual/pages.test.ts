/** The manual pages: everything that the programs take is in them, and roff finds nothing to complain about. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { helpFor } from '../../src/cli/program.ts';
import { TOPICS } from '../../src/commands/help/topics.ts';
import { VERBS } from '../../src/commands/verbs.ts';
import { EXIT } from '../../src/host/setup-error.ts';
import { managerCommand } from '../../src/manager/program/command-line.ts';
import { PAGES } from '../../src/manual/pages.ts';
import { roffOf } from '../../src/manual/roff.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';
import { EXIT_CODES } from '../../src/tester/exit-codes.ts';
import { testServerCommand } from '../../src/tester/options.ts';

const directory = mkdtempSync(join(tmpdir(), 'manual-'));
afterAll(() => rmSync(directory, { recursive: true }));

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

function pageOf(name: string): string {
  return roffOf(
    PAGES.find((page) => page.name === name)!,
    '1.2.3',
  );
}

/** The words of a page, without roff's. */
function wordsOf(name: string): string {
  return pageOf(name)
    .replace(/\\f[BIR]/g, '')
    .replaceAll('\\-', '-')
    .replace(/\s+/g, ' ');
}

function expectOptions(words: string, help: string): void {
  const flags = [...help.matchAll(/^ {2}(-[^ ,]+(?:, --\S+)?)/gm)].map(([, each]) => each!);
  expect(flags.length).toBeGreaterThan(10);
  for (const flag of flags) expect(words).toContain(`.TP ${flag} `);
}

describe('milter-setup(8)', () => {
  const words = wordsOf('milter-setup');

  test('has every verb, with its options', () => {
    for (const { name, options } of VERBS) {
      expect(words).toContain(`.TP ${name} `);
      for (const { flags } of options) expect(words).toContain(`.TP ${flags.split(' <')[0]} `);
    }
  });

  test('has every option that the help has', () => expectOptions(words, helpFor('')));

  test('has every question with flag, key, variable and what to know about it', () => {
    for (const { flag, key, env, explanation } of QUESTIONS) {
      expect(words).toContain(`.TP ${flag} `);
      expect(words).toContain(`answers file: ${key} = `);
      expect(words).toContain(`environment: ${env} `);
      expect(words.replaceAll('\\(aq', "'")).toContain(explanation.replace(/\s+/g, ' '));
    }
  });

  test('has every topic of the help, and every exit code', () => {
    for (const { heading, name } of TOPICS) {
      expect(words).toContain(`.SH ${heading ?? name.toUpperCase()} `);
    }
    for (const code of Object.values(EXIT)) expect(words).toContain(`.TP ${code} `);
  });
});

test('milter-manager(8) has every option that the help has', () => {
  expectOptions(wordsOf('milter-manager'), managerCommand('').helpInformation());
});

test('milter-test-server(1) has every option that the help has, and every exit code', () => {
  const words = wordsOf('milter-test-server');
  expectOptions(words, testServerCommand('').helpInformation());
  for (const code of Object.values(EXIT_CODES)) expect(words).toContain(`.TP ${code} `);
});

describe.each(PAGES.map((page) => [`${page.name}.${page.section}`, page] as const))(
  '%s',
  (file, page) => {
    const path = join(directory, file);
    const text = roffOf(page, '1.2.3');
    writeFileSync(path, text);

    test('is ASCII, and the same whenever it is made', () => {
      expect(text).toMatch(/^[\n -~]*$/);
      expect(text).not.toMatch(/\b20\d\d-\d\d/);
      expect(text.split('\n')[1]).toBe(
        `.TH ${page.name.toUpperCase()} ${page.section} "" "milter-setup 1.2.3" ` +
          `"${page.section === 8 ? "System Manager's Manual" : 'General Commands Manual'}"`,
      );
    });

    test.skipIf(!has('groff'))('groff has no warning (skipped where there is none)', () => {
      const { stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-z', path]);
      expect(`${String(stdout)}${String(stderr)}`).toBe('');
    });

    test.skipIf(!has('mandoc'))(
      'mandoc has none but the date (skipped where there is none)',
      () => {
        const { stdout } = spawnSync('mandoc', ['-T', 'lint', path], { encoding: 'utf8' });
        const said = stdout.split('\n').filter((line) => !/missing date|^$/.test(line));
        expect(said).toEqual([]);
      },
    );
  },
);
