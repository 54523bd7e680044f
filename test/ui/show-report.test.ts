import { describe, expect, test } from 'vitest';
import { showProofs } from '../../src/ui/show-proofs.ts';
import { showReport } from '../../src/ui/show-report.ts';
import { showStatus } from '../../src/ui/show-status.ts';
import { decideStyle, PLAIN } from '../../src/ui/style.ts';

describe('a run that was done', () => {
  const shown = showReport(
    {
      kind: 'done',
      done: ['Install postfix', 'Start milter-manager'],
      skipped: [
        {
          title: 'Start clamav-milter',
          reason: 'no virus signatures',
          finish: 'milter-setup --yes',
        },
      ],
      warnings: ['freshclam could not download'],
      remaining: [{ argv: ['service', 'postfix', 'reload'] }],
      proofs: [
        {
          who: 'milter-greylist',
          mail: 'a clean mail',
          outcome: 'pass',
          verdict: 'temporary-failure',
          stage: 'envelope-recipient',
          seconds: 0.031,
        },
        { who: 'clamav-milter', mail: 'a clean mail', outcome: 'skipped', reason: 'no signatures' },
        {
          who: 'milter-manager',
          mail: 'a virus (EICAR)',
          outcome: 'pass',
          verdict: 'reject',
          stage: 'end-of-message',
          seconds: 0.1284,
        },
      ],
      status: 'pass',
      elapsedSeconds: 12.3456,
      next: ['milter-setup status'],
      repeat: 'milter-setup --milters milter-greylist --yes',
    },
    PLAIN,
  );

  test('has a line for each test mail, then the status as the test client of the documents prints it', () => {
    expect(shown).toContain(
      [
        'Proved with test mails',
        '  milter-greylist  pass     0.031 s  a clean mail has to wait at RCPT',
        '  clamav-milter    skipped           no signatures',
        '  milter-manager   pass     0.128 s  a virus (EICAR) is refused at its end',
        '',
        'status: pass',
        'elapsed-time: 12.346 seconds',
        '',
      ].join('\n'),
    );
  });

  test('cuts a test mail that is too long for the terminal between words', () => {
    const mail = 'a suspicious unknown sender with a long name';
    const long = { who: 'milter-greylist', mail, outcome: 'pass', seconds: 0.046 } as const;
    const text = showProofs([{ ...long, verdict: 'temporary-failure', stage: 'connect' }], PLAIN);
    expect(text.split('\n').slice(1)).toEqual([
      '  milter-greylist  pass  0.046 s  a suspicious unknown sender with a long name',
      '                                  has to wait at connect',
    ]);
  });

  test('says last what comes next, and the command that does the same again', () => {
    const order = ['status: pass', 'Next', 'The same again'].map((text) => shown.indexOf(text));
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(shown.endsWith('  milter-setup --milters milter-greylist --yes\n')).toBe(true);
  });

  test('says what was done, what was not and why, and what to do', () => {
    expect(shown).toContain('  + Install postfix\n  + Start milter-manager');
    expect(shown).toContain('Start clamav-milter: no virus signatures');
    const same = showReport(
      {
        kind: 'done',
        done: [],
        skipped: ['Start clamd', 'Start clamav-milter'].map((title) => ({
          title,
          reason: 'no virus signatures',
        })),
        ...{ warnings: [], remaining: [], elapsedSeconds: 0, next: [] },
      },
      PLAIN,
    );
    expect(same).toContain('  - Start clamd, Start clamav-milter: no virus signatures\n');
    expect(shown).toContain('To finish, run:\n  milter-setup --yes\n');
    expect(shown).toContain('freshclam could not download');
    expect(shown).toContain('in this order:\n  service postfix reload\n');
    expect(shown).toContain('milter-setup status');
    expect(shown).toContain('  milter-setup --milters milter-greylist --yes\n');
  });

  test('claims no status where nothing was proved', () => {
    const tree = showReport(
      {
        kind: 'done',
        done: ['x'],
        skipped: [],
        warnings: [],
        remaining: [],
        elapsedSeconds: 0,
        next: [],
      },
      PLAIN,
    );
    expect(tree).not.toContain('status:');
    expect(tree).not.toContain('Not done');
  });
});

describe('a run that failed', () => {
  const output = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join('\n');
  const shown = showReport(
    {
      kind: 'failed',
      what: 'the command ended with 100',
      step: 'Install clamav-milter',
      command: { argv: ['apt-get', 'install', 'clamav-milter'] },
      output: `${output}\n\n`,
      undone: ['Edit main.cf'],
      notUndone: [{ title: 'Install postfix', reason: 'the package database is locked' }],
      logPath: '/var/log/milter-setup/1.log',
      next: ['milter-setup doctor'],
    },
    PLAIN,
  );

  test('says what happened, the command, and the last twenty lines of its output', () => {
    expect(shown).toContain('x Install clamav-milter: the command ended with 100');
    expect(shown).toContain('command: apt-get install clamav-milter');
    expect(shown).toContain('  line 11\n');
    expect(shown).toContain('  line 30\n');
    expect(shown).not.toContain('line 10\n');
  });

  test('says what was undone, what was not, and where the log is', () => {
    expect(shown).toContain('Undone\n  + Edit main.cf');
    expect(shown).toContain('Install postfix: the package database is locked');
    expect(shown).toContain('log: /var/log/milter-setup/1.log');
  });

  test('says so where nothing had been changed', () => {
    const failed = {
      kind: 'failed',
      what: 'no network',
      undone: [],
      notUndone: [],
      next: [],
    } as const;
    expect(showReport(failed, PLAIN)).toContain('Nothing had been changed.');
    const kept = [{ title: 'install postfix', reason: 'packages stay' }];
    const installed = showReport({ ...failed, kept }, PLAIN);
    expect(installed).toContain('Kept\n  - install postfix: packages stay');
    expect(installed).not.toContain('Nothing had been changed');
  });
});

describe('the status table', () => {
  const milters = [
    {
      name: 'milter-greylist',
      installed: true,
      enabled: true,
      running: false,
      socket: 'unix:/var/run/milter-greylist/milter-greylist.sock',
    },
    { name: 'opendkim', installed: false, enabled: false, running: undefined, socket: undefined },
  ];

  test('has a column for each thing that a sysadmin asks, and the socket below', () => {
    expect(showStatus(milters, PLAIN)).toBe(
      [
        'milter           installed  enabled  running',
        'milter-greylist  yes        yes      no',
        '  unix:/var/run/milter-greylist/milter-greylist.sock',
        'opendkim         no         no       ?',
        '',
      ].join('\n'),
    );
  });

  test('an enabled milter that does not run is red', () => {
    const style = decideStyle({ environment: {}, isTTY: true, when: 'always', verbose: false });
    expect(showStatus(milters, style)).toContain('\u001B[31mno\u001B[39m');
  });
});
