/** What each answer of a milter makes of the mail. */

import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { playMail, type PlayOptions } from '../../src/tester/play.ts';
import type { Result } from '../../src/tester/result.ts';
import { createMail, header, type MailDetails } from '../../src/tester/mail.ts';
import { agree, say, scriptedMilter, type Script } from './scripted-milter.ts';
import { withMilter } from './with-milter.ts';

function play(
  script: Script,
  details: MailDetails = {},
  options: PlayOptions = {},
): Promise<Result> {
  return withMilter(script, (milter) => playMail(milter.spec, createMail(details), options));
}

const COMMANDS = [
  ['O', 'negotiate'],
  ['C', 'connect'],
  ['H', 'helo'],
  ['M', 'envelope-from'],
  ['R', 'envelope-recipient'],
  ['T', 'data'],
  ['L', 'header'],
  ['N', 'end-of-header'],
  ['B', 'body'],
  ['E', 'end-of-message'],
] as const;

describe.each(COMMANDS)('at %s', (letter, stage) => {
  test.each([
    ['a', 'accept'],
    ['r', 'reject'],
    ['t', 'temporary-failure'],
    ['d', 'discard'],
  ])('%s is %s', async (reply, status) => {
    const result = await play({ [letter]: say(reply) });
    expect(result).toMatchObject({ status, stage });
    expect(result.answers.at(-1)).toMatchObject({ stage, answer: status });
  });

  test('a closed connection is a protocol error that names the stage', async () => {
    const result = await play({ [letter]: 'close' });
    expect(result).toMatchObject({
      status: 'protocol-error',
      stage,
      problem: 'the milter closed the connection',
    });
  });
});

describe('reply codes', () => {
  test.each([
    ['550 5.7.1 no', 'reject', { code: '550', enhanced: '5.7.1', lines: ['no'] }],
    ['451 4.7.1 later', 'temporary-failure', { code: '451', enhanced: '4.7.1', lines: ['later'] }],
    ['550 blocked', 'reject', { code: '550', lines: ['blocked'] }],
    ['554', 'reject', { code: '554', lines: [''] }],
    ['450 5.7.1 odd', 'temporary-failure', { code: '450', enhanced: '5.7.1', lines: ['odd'] }],
    [
      '550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three',
      'reject',
      { code: '550', enhanced: '5.7.1', lines: ['one', 'two', 'three'] },
    ],
  ])('%j', async (text, status, reply) => {
    expect(await play({ M: say('y', `${text}\0`) })).toMatchObject({ status, reply });
  });

  test.each(['250 2.0.0 fine', 'no', '550 a\r\n450 b', ''])('%j is no refusal', async (text) => {
    const result = await play({ M: say('y', `${text}\0`) });
    expect(result).toMatchObject({ status: 'protocol-error', stage: 'envelope-from' });
  });
});

describe('recipients', () => {
  const recipients = ['a@example.org', 'b@example.org'];

  test('a refused one is left out, the mail goes on', async () => {
    const result = await play({ R: [say('y', '550 5.1.1 who?\0'), say('c')] }, { recipients });
    expect(result.status).toBe('pass');
    expect(result.message.recipients.map((each) => each.address)).toEqual(['b@example.org']);
  });

  test('when all are refused, so is the mail', async () => {
    const result = await play({ R: [say('r'), say('t')] }, { recipients });
    expect(result).toMatchObject({ status: 'temporary-failure', stage: 'envelope-recipient' });
  });
});

describe('modifications', () => {
  const end = (...packets: Buffer[]): Script => ({ E: Buffer.concat([...packets, say('c')]) });

  test('are shown in order and applied to the message', async () => {
    const result = await play(
      end(
        say('h', 'X-Spam\0no\0'),
        say('i', '\0\0\0\x01A-R\0top\0'),
        say('m', '\0\0\0\x01subject\0new\0'),
        say('e', '<chg@example.com>\0SIZE=3 X=Y\0'),
        say('+', '<more@example.org>\0'),
        say('2', '<par@example.org>\0NOTIFY=NEVER\0'),
        say('-', '<receiver@example.org>\0'),
        say('b', 'new '),
        say('b', 'body\0'),
      ),
      { headers: [header('Subject', 'old')] },
    );
    expect(result.status).toBe('pass');
    expect(result.warnings).toEqual([]);
    expect(result.modifications.map((each) => each.kind)).toEqual([
      'add-header',
      'insert-header',
      'change-header',
      'change-from',
      'add-recipient',
      'add-recipient',
      'delete-recipient',
      'replace-body',
      'replace-body',
    ]);
    expect(result.message).toEqual({
      from: { address: '<chg@example.com>', arguments: ['SIZE=3', 'X=Y'] },
      recipients: [
        { address: '<more@example.org>', arguments: [] },
        { address: '<par@example.org>', arguments: ['NOTIFY=NEVER'] },
      ],
      headers: [
        { name: 'A-R', value: ' top' },
        { name: 'subject', value: ' new' },
        { name: 'X-Spam', value: ' no' },
      ],
      body: 'new body\0',
    });
  });

  test('quarantine is a verdict of its own', async () => {
    const result = await play(end(say('q', 'bad thing\0')));
    expect(result).toMatchObject({ status: 'quarantine', quarantineReason: 'bad thing' });
  });

  test('a refusal wins over quarantine', async () => {
    const result = await play({ E: Buffer.concat([say('q', 'bad\0'), say('r')]) });
    expect(result.status).toBe('reject');
  });

  test('one that was not negotiated is applied, with a warning', async () => {
    const result = await play({ O: agree(6, 0, 0), ...end(say('h', 'X\0y\0')) });
    expect(result.status).toBe('pass');
    expect(result.warnings).toHaveLength(1);
  });

  test('one before the end of the message is a protocol error', async () => {
    const result = await play({ H: say('h', 'X\0y\0') });
    expect(result).toMatchObject({ status: 'protocol-error', stage: 'helo' });
  });
});

describe('rules of the protocol', () => {
  test.each([
    ['a newer version than offered', { O: agree(7, 0, 0) }],
    ['actions that were not offered', { O: agree(6, 0x200, 0) }],
    ['steps that were not offered', { O: agree(6, 0, 0x200000) }],
    ['a negotiation that is cut short', { O: say('O', '\0\0\0') }],
    ['continue for an answer to the negotiation', { O: say('c') }],
    ['a packet of length 0', { C: Buffer.alloc(4) }],
    ['a packet of 2 GB', { C: Buffer.from('7fffffff63', 'hex') }],
    ['an unknown letter', { C: say('X') }],
    ['skip without having asked for it', { B: say('s') }],
    ['a header without an end', { E: say('h', 'X') }],
  ])('%s is an error', async (_, script: Script) => {
    expect((await play(script)).status).toBe('protocol-error');
  });
});

describe('time limits', () => {
  test('a milter that is silent at a command', async () => {
    const result = await play({ M: 'silence' }, {}, { timeouts: { reading: 0.1 } });
    expect(result).toMatchObject({
      status: 'timeout',
      stage: 'envelope-from',
      problem: 'reading timeout',
    });
  });

  test('the end of the message has its own, shorter or longer', async () => {
    const short = await play({ E: 'silence' }, {}, { timeouts: { endOfMessage: 0.1 } });
    expect(short).toMatchObject({ status: 'timeout', stage: 'end-of-message' });
    expect(short.elapsedMilliseconds).toBeLessThan(2000);
  });

  test('each sign of life begins the time anew', async () => {
    const milter = await scriptedMilter({ E: say('p') }, (socket, bytes) => {
      socket.write(bytes);
      if (bytes.toString('latin1', 4) !== 'p') return;
      setTimeout(() => socket.write(say('p')), 250);
      setTimeout(() => socket.write(say('c')), 500);
    });
    const options = { timeouts: { endOfMessage: 0.4 } };
    const result = await playMail(milter.spec, createMail(), options);
    await milter.close();
    expect(result.status).toBe('pass');
    expect(result.elapsedMilliseconds).toBeGreaterThan(450);
  });
});

describe('connecting', () => {
  test("says what is wrong in the C library's words", async () => {
    const nowhere = { kind: 'unix', path: '/nonexistent/milter.sock' } as const;
    const result = await playMail(nowhere, createMail());
    expect(result).toMatchObject({
      status: 'cannot-connect',
      problem: 'Failed to connect to unix:/nonexistent/milter.sock: No such file or directory',
    });
    const refusing = await playMail({ kind: 'inet', port: 1, host: '127.0.0.1' }, createMail());
    expect(refusing.problem).toMatch(/: Connection refused$/);
  });

  test('with patience a milter that comes up late is reached', async () => {
    const early = await scriptedMilter({});
    await early.close();
    const path = early.spec.kind === 'unix' ? early.spec.path : '';
    const playing = playMail(early.spec, createMail(), { patience: 5 });
    mkdirSync(dirname(path));
    const server = createServer((socket) => socket.on('data', () => socket.write(say('a'))));
    setTimeout(() => server.listen(path), 200);
    const result = await playing;
    server.close();
    rmSync(dirname(path), { recursive: true });
    expect(result).toMatchObject({ status: 'accept', stage: 'negotiate' });
  });
});
