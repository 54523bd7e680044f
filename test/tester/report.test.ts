import { describe, expect, test } from 'vitest';
import { jsonReport, textReport } from '../../src/tester/report.ts';
import type { Message, Result } from '../../src/tester/result.ts';

const MESSAGE: Message = {
  from: { address: 'sender@example.com', arguments: [] },
  recipients: [{ address: 'receiver@example.org', arguments: [] }],
  headers: [{ name: 'From', value: ' <sender@example.com>' }],
  body: 'La de da\r\n',
};

const PASSED: Result = {
  status: 'pass',
  warnings: [],
  elapsedMilliseconds: 128.4,
  answers: [],
  modifications: [],
  before: MESSAGE,
  message: MESSAGE,
};

const PLAIN = { message: false, answers: false, color: false };

describe('the lines of the install documents', () => {
  test('pass', () => {
    expect(textReport(PASSED, PLAIN)).toBe('status: pass\nelapsed-time: 0.128 seconds\n');
  });

  test('reject with its reply', () => {
    const reply = { code: '550', enhanced: '5.7.1', lines: ['text'] };
    const text = textReport({ ...PASSED, status: 'reject', stage: 'helo', reply }, PLAIN);
    expect(text.split('\n')).toEqual([
      'status: reject [550]<5.7.1>(text)',
      'elapsed-time: 0.128 seconds',
      'stage: helo',
      '',
    ]);
  });

  test('a reply of several lines is shown whole, one without enhanced code without it', () => {
    const reply = { code: '550', lines: ['one', 'two'] };
    const text = textReport({ ...PASSED, status: 'reject', reply }, PLAIN);
    expect(text).toContain('status: reject [550](one\n  two)\n');
  });

  test('quarantine', () => {
    const result: Result = { ...PASSED, status: 'quarantine', quarantineReason: 'bad thing' };
    expect(textReport(result, PLAIN)).toContain('Quarantine reason: <bad thing>\n');
  });

  test('cannot connect: the problem, nothing else', () => {
    const problem = 'Failed to connect to unix:/x: No such file or directory';
    const result: Result = { ...PASSED, status: 'cannot-connect', problem };
    expect(textReport(result, PLAIN)).toBe(`${problem}\n`);
  });
});

test('a refused recipient is told although the mail passed', () => {
  const result: Result = {
    ...PASSED,
    answers: [
      {
        stage: 'envelope-recipient',
        subject: 'a@example.org',
        answer: 'reject',
        reply: { code: '550', enhanced: '5.1.1', lines: ['who?'] },
        milliseconds: 1,
      },
    ],
  };
  expect(textReport(result, PLAIN)).toContain(
    'recipient refused: <a@example.org> reject [550]<5.1.1>(who?)\n',
  );
});

describe('the message as a diff', () => {
  const changed: Result = {
    ...PASSED,
    message: {
      ...MESSAGE,
      from: { address: '<chg@x>', arguments: [] },
      headers: [...MESSAGE.headers, { name: 'X-Folded', value: ' a\n\tb' }],
    },
  };

  test('signs every line, those of a folded header too', () => {
    expect(
      textReport(changed, { ...PLAIN, message: true })
        .split('\n')
        .slice(2),
    ).toEqual([
      'Envelope:------------------------------------',
      '- MAIL FROM:<sender@example.com>',
      '+ MAIL FROM:<chg@x>',
      '  RCPT TO:<receiver@example.org>',
      'Header:--------------------------------------',
      '  From: <sender@example.com>',
      '+ X-Folded: a',
      '+ \tb',
      'Body:----------------------------------------',
      '  La de da',
      '',
    ]);
  });

  test('in color: added green, removed red', () => {
    const text = textReport(changed, { ...PLAIN, message: true, color: true });
    expect(text).toContain('\x1b[32m+ MAIL FROM:<chg@x>\x1b[0m');
    expect(text).toContain('\x1b[31m- MAIL FROM:<sender@example.com>\x1b[0m');
    expect(text).toContain('\n  RCPT TO:<receiver@example.org>\n');
  });
});

test('JSON is one line that holds the result', () => {
  const text = jsonReport(PASSED);
  expect(text.indexOf('\n')).toBe(text.length - 1);
  expect(JSON.parse(text)).toEqual({ schema: 1, ...PASSED });
});
