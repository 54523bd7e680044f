/** What real shells offer, for each of the three programs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { afterAll, describe, expect, test } from 'vitest';
import { GLOBAL_OPTIONS } from '../../src/commands/command.ts';
import { completionScript } from '../../src/commands/completion.ts';
import { VERBS } from '../../src/commands/verbs.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

const directory = mkdtempSync(join(tmpdir(), 'completion-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What bash offers for the last word of the line. */
function offered(program: string, ...words: readonly string[]): readonly string[] {
  const script = `${completionScript('bash')}
COMP_WORDS=(${program} "$@")
COMP_CWORD=$#
_${program.replaceAll('-', '_')}
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

describe.skipIf(!has('bash'))('bash (skipped where there is none)', () => {
  const setup = (...words: readonly string[]): readonly string[] =>
    offered('milter-setup', ...words);

  test('offers the verbs', () => {
    expect(setup('')).toEqual(VERBS.map(({ name }) => name));
    expect(setup('--yes', 'st')).toEqual(['status']);
  });

  test('offers every option of the wizard, and of each verb its own', () => {
    const flags = setup('--');
    for (const { flag } of QUESTIONS) expect(flags).toContain(flag);
    for (const verb of VERBS) {
      const own = setup(verb.name, '--');
      for (const { flags: each } of [...GLOBAL_OPTIONS, ...verb.options]) {
        expect(own).toContain(/--[a-z-]+/.exec(each)![0]);
      }
    }
  });

  test('offers only the options that the verb takes', () => {
    expect(setup('undo', '--pa')).toEqual(['--packages']);
    expect(setup('undo', '--mil')).toEqual([]);
    expect(setup('status', '--default')).toEqual([]);
    expect(setup('plan', '--default')).toEqual(['--default-action']);
  });

  test('offers values', () => {
    expect(setup('--default-action', '')).toEqual(['accept', 'tempfail']);
    expect(setup('--default-action', '=', 't')).toEqual(['tempfail']);
    expect(setup('--default-action', '=')).toEqual(['accept', 'tempfail']);
    expect(setup('--milters', 'greylist,clamav-')).toEqual(['greylist,clamav-milter']);
    expect(setup('--platform', 'f')).toEqual(['freebsd']);
    expect(setup('disable', 'clam')).toEqual(['clamav-milter', 'clamav']);
    expect(setup('help', 'ex')).toEqual(['exit-codes', 'explain']);
    expect(setup('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(setup('--root', '/et')).toEqual(['/etc']);
  });

  test('offers the options of the other two, and their values', () => {
    expect(offered('milter-manager', '--show')).toEqual(['--show-config']);
    expect(offered('milter-manager', '--format', '')).toEqual(['text', 'json']);
    expect(offered('milter-manager', '-c', '/et')).toEqual(['/etc']);
    expect(offered('milter-manager', '--user', 'roo')).toEqual(['root']);
    expect(offered('milter-test-server', '--sce')).toEqual(['--scenario']);
    expect(offered('milter-test-server', '--sample', '')).toEqual(['clean', 'eicar', 'gtube']);
    expect(offered('milter-test-server', '--expect', 'pass,re')).toEqual(['pass,reject']);
  });
});

describe.skipIf(!has('fish'))('fish (skipped where there is none)', () => {
  const path = join(directory, 'milter-setup.fish');
  const inFish = (line: string): readonly string[] => {
    writeFileSync(path, completionScript('fish'));
    const script = `source ${path}; complete -C '${line}'`;
    const output = execFileSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' });
    return output.split('\n').map((each) => each.split('\t')[0]!);
  };

  test.each([
    ['milter-setup st', 'status'],
    ['milter-setup undo --pa', '--packages'],
    ['milter-setup --default-action ', 'tempfail'],
    ['milter-setup --milters greylist,clamav-', 'greylist,clamav-milter'],
    ['milter-setup disable clam', 'clamav-milter'],
    ['milter-manager --show', '--show-config'],
    ['milter-test-server --sample g', 'gtube'],
  ])('%s', (line, word) => {
    expect(inFish(line)).toContain(word);
  });

  test('offers no flag that the verb does not take', () => {
    expect(inFish('milter-setup status --default')).not.toContain('--default-action');
  });
});

describe.skipIf(!has('zsh'))('zsh (skipped where there is none)', () => {
  test.each([
    ['milter-setup stat', 'status'],
    ['milter-setup undo --pack', '--packages'],
    ['milter-manager --show-c', '--show-config'],
    ['milter-test-server --sample eic', 'eicar'],
  ])('%s', async (line, word) => {
    const path = join(directory, '_milter-setup');
    writeFileSync(path, completionScript('zsh'));
    const setUp = `autoload -U compinit; compinit -D; source ${path}; print READY`;
    const terminal = spawn('zsh', ['-f', '-i'], { env: { ...process.env, PS1: '> ' } });
    const screen = await new Promise<string>((resolve) => {
      let seen = '';
      let typed = false;
      terminal.onData((data) => {
        seen += data;
        if (!typed && /^READY/m.test(seen)) {
          typed = true;
          terminal.write(`${line}\t`);
        }
        if (seen.includes(word)) resolve(seen);
      });
      setTimeout(() => resolve(seen), 5000);
      terminal.write(`${setUp}\r`);
    });
    terminal.kill('SIGKILL');
    expect(screen).toContain(word);
  });
});

test('the fish script has a line for every verb and every flag', () => {
  const script = completionScript('fish');
  for (const { name } of VERBS) expect(script).toContain(` -a ${name} `);
  for (const { flag } of QUESTIONS) expect(script).toContain(` -l ${flag.slice(2)} `);
});
