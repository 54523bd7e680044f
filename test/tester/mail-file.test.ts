import { describe, expect, test } from 'vitest';
import { readMailFile } from '../../src/tester/mail-file.ts';

describe('a mail file', () => {
  test('gives headers with their folds, the body with CRLF, and the envelope', () => {
    const mail = readMailFile(
      'From sender Thu Jan  1 00:00:00 1970\n' +
        'From: "Doe, J." <j@example.com>\n' +
        'To: a@example.org (one, two),\n\t<b@example.org>\n' +
        'Subject:no space\n' +
        'X-Empty:\n' +
        '\n' +
        'one\n\nFrom two\n',
    );
    expect(mail).toEqual({
      headers: [
        { name: 'From', value: ' "Doe, J." <j@example.com>' },
        { name: 'To', value: ' a@example.org (one, two),\n\t<b@example.org>' },
        { name: 'Subject', value: 'no space' },
        { name: 'X-Empty', value: '' },
      ],
      body: 'one\r\n\r\nFrom two\r\n',
      from: 'j@example.com',
      recipients: ['a@example.org', 'b@example.org'],
    });
  });

  test('with CRLF and 8-bit bytes stays as it is', () => {
    const mail = readMailFile('Subject: \xe4\r\n\r\n\xff\0\r\n');
    expect(mail.headers).toEqual([{ name: 'Subject', value: ' \xe4' }]);
    expect(mail.body).toBe('\xff\0\r\n');
  });

  test('without headers is all body', () => {
    expect(readMailFile('\nhello\n')).toMatchObject({ headers: [], body: '\r\nhello\r\n' });
    expect(readMailFile('hello there\n')).toMatchObject({ headers: [], body: 'hello there\r\n' });
  });
});
