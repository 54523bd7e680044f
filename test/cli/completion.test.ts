import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { bashCompletion, fishCompletion } from '../../src/commands/completion.ts';
import { GLOBAL_OPTIONS } from '../../src/commands/command.ts';
import { VERBS } from '../../src/commands/verbs.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

/** What bash offers for the last word of the line. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${bashCompletion()}
COMP_WORDS=(milter-setup "$@")
COMP_CWORD=$#
_milter_setup
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

describe.skipIf(!has('bash'))('bash (skipped where there is none)', () => {
  test('offers the verbs', () => {
    expect(offered('')).toEqual(VERBS.map(({ name }) => name));
    expect(offered('--yes', 'st')).toEqual(['status']);
  });

  test('offers every option of the wizard', () => {
    const flags = offered('--');
    for (const { flag } of QUESTIONS) expect(flags).toContain(flag);
    for (const option of GLOBAL_OPTIONS) {
      expect(flags).toContain(/--[a-z-]+/.exec(option.flags)![0]);
    }
  });

  test('offers only the options that the verb takes', () => {
    expect(offered('undo', '--pa')).toEqual(['--packages']);
    expect(offered('undo', '--mil')).toEqual([]);
    expect(offered('status', '--default')).toEqual([]);
    expect(offered('plan', '--default')).toEqual(['--default-action']);
  });

  test('offers values', () => {
    expect(offered('--default-action', '')).toEqual(['accept', 'tempfail']);
    expect(offered('--platform', 'f')).toEqual(['freebsd']);
    expect(offered('disable', 'clam')).toEqual(['clamav-milter', 'clamav']);
    expect(offered('help', 'ex')).toEqual(['exit-codes']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(offered('--root', '/et')).toEqual(['/etc']);
  });
});

test.skipIf(!has('fish'))('fish reads its script (skipped where there is none)', () => {
  execFileSync('fish', ['--no-execute'], { input: fishCompletion() });
});

test('the fish script has a line for every verb and every flag', () => {
  const script = fishCompletion();
  for (const { name } of VERBS) expect(script).toContain(` -a ${name} `);
  for (const { flag } of QUESTIONS) expect(script).toContain(` -l ${flag.slice(2)} `);
});
