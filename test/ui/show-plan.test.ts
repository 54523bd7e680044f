import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WriteFile } from '../../src/change/change.ts';
import { planJson } from '../../src/ui/plan-json.ts';
import { showDiffs, showPlan } from '../../src/ui/show-plan.ts';
import { decideStyle, PLAIN } from '../../src/ui/style.ts';
import { PLAN } from './plan.ts';

const COLORED = decideStyle({ environment: {}, isTTY: true, when: 'always', verbose: false });
const shown = showPlan(PLAN, PLAIN);
const lines = shown.split('\n');

describe('the summary', () => {
  test('numbers every step in order, with its reason below', () => {
    const numbered = lines.filter((line) => /^ *\d+\. /.test(line)).map((line) => line.trim());
    expect(numbered).toEqual([
      '1. Install postfix and milter-greylist',
      '2. Make the directory of the socket /run/milter manager (mode 0750, milter-manager:postfix)',
      '3. Greylist by default /etc/milter-greylist/greylist.conf (changed +1 -0), after milter-greylist is installed',
      '4. Postfix asks the manager /etc/postfix/main.cf (changed +1 -1, mode 0640, root:postfix)',
      '5. Start clamav-milter',
    ]);
    for (const { why } of PLAN.changes) expect(shown).toContain(why);
  });

  test('has a heading for each phase and the totals', () => {
    const headings = ['Packages', 'Directories', 'Files', 'Services'];
    expect(lines.filter((line) => headings.includes(line))).toEqual(headings);
    expect(lines).toContain('5 steps: 2 files (+2 -1), 3 commands');
  });

  test('says what a step waits for, and what finishes it', () => {
    expect(shown).toContain('skipped if there are no virus signatures yet; then finish later');
    expect(lines.map((line) => line.trim())).toContain(
      'freshclam && systemctl start clamav-milter',
    );
  });
});

test('a condition that many steps share is told once', () => {
  const last = PLAN.changes[4]!;
  const summary = showPlan({ changes: [last, last, last], notes: [] }, PLAIN);
  expect(summary.match(/there are no virus signatures yet/g)).toHaveLength(1);
  expect(summary.match(/skipped in the same case as step 1$/gm)).toHaveLength(2);
});

describe('the diffs', () => {
  test('are what patch(1) reads', ({ skip }) => {
    const main = PLAN.changes[3] as WriteFile;
    const directory = mkdtempSync(join(tmpdir(), 'show-plan-'));
    try {
      const path = join(directory, 'main.cf');
      writeFileSync(path, Buffer.from(main.before!, 'latin1'));
      const diff = showDiffs({ changes: [{ ...main, path }], notes: [] }, PLAIN);
      try {
        execFileSync('patch', ['-p0', '--silent', path], { input: `${diff}\n` });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') skip('no patch(1) here');
        throw error;
      }
      expect(readFileSync(path, 'latin1')).toBe(main.after);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('mark settings for a file that a package will bring', () => {
    expect(lines).toContain('# Greylist by default, after milter-greylist is installed');
    expect(lines).toContain('+racl greylist default');
  });

  test('show UTF-8 as it is', () => {
    expect(lines).toContain(' # café');
  });

  test('hide secrets', () => {
    const change: WriteFile = {
      kind: 'write-file',
      phase: 'files',
      title: 'Set the password',
      why: 'It is needed.',
      path: '/etc/secret.conf',
      before: 'user = mail\n',
      after: 'user = mail\npassword = hunter2\n',
      secrets: ['password'],
    };
    const plan = { changes: [change], notes: [] };
    expect(showPlan(plan, PLAIN)).toContain('+password = ');
    expect(showPlan(plan, PLAIN)).not.toContain('hunter2');
    expect(JSON.stringify(planJson(plan))).not.toContain('hunter2');
  });
});

describe('the commands', () => {
  const commands = lines.slice(lines.indexOf('# Commands, in order') + 1);

  test('stand in order, with what is not a command as a comment', () => {
    expect(commands.slice(0, commands.indexOf(''))).toEqual([
      'DEBIAN_FRONTEND=noninteractive apt-get install --yes -o DPkg::Lock::Timeout=120 postfix milter-greylist',
      "install -d -m 0750 -o milter-manager -g postfix '/run/milter manager'",
      '# write /etc/milter-greylist/greylist.conf',
      '# write /etc/postfix/main.cf',
      '# only with /var/lib/clamav/main.c?d:',
      'systemctl start clamav-milter  # may fail: it may be running',
      "logger 'it'\\''s up; $HOME'",
    ]);
  });

  test('are a script that sh accepts', () => {
    execFileSync('sh', ['-n'], { input: commands.slice(0, commands.indexOf('')).join('\n') });
  });
});

test('notes come last', () => {
  expect(shown.trimEnd().split('\n').at(-1)).toContain('smtpd_milters held inet:localhost:8891');
});

test('an empty plan is one line', () => {
  expect(showPlan({ changes: [], notes: [] }, PLAIN)).toBe('nothing to do\n');
});

test('colour adds colour and nothing else', () => {
  const colored = showPlan(PLAN, COLORED);
  expect(colored).toContain('\u001B[32m+racl greylist default\u001B[39m');
  const bare = colored.replace(/\u001B\[[\d;]*m/g, '');
  expect(bare).toBe(showPlan(PLAN, { ...PLAIN, columns: COLORED.columns }));
  expect(shown).not.toContain('\u001B');
});

test('as JSON: a schema number, each change with its phase and why, modes as people write them', () => {
  const json = JSON.parse(JSON.stringify(planJson(PLAN))) as {
    schema: number;
    pending: boolean;
    changes: Record<string, unknown>[];
    notes: string[];
  };
  expect(json.schema).toBe(1);
  expect(json.pending).toBe(true);
  expect(json.changes.map(({ kind }) => kind)).toEqual(PLAN.changes.map(({ kind }) => kind));
  expect(json.changes.every(({ phase, why }) => phase !== undefined && why !== undefined)).toBe(
    true,
  );
  expect(json.changes[1]).toMatchObject({ path: '/run/milter manager', mode: '0750' });
  expect(json.changes[3]).toMatchObject({ added: 1, removed: 1 });
  expect(json.changes[4]).toMatchObject({ action: 'start', subjects: ['clamav-milter'] });
  expect(json.notes).toEqual(PLAN.notes);
});
