/** The program as users run it: options, output, exit status. */

import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/tester/exit-codes.ts';
import type { Result, Verdict } from '../../src/tester/result.ts';
import { formatConnectionSpec } from '../../src/protocol/connection-spec.ts';
import { buildProgram, runProgram, type Ended } from './built-program.ts';
import { agree, say, type Script, type ScriptedMilter } from './scripted-milter.ts';
import { withMilter } from './with-milter.ts';

let program: string;
beforeAll(async () => {
  program = await buildProgram('src/tester/main.ts');
});
afterAll(() => {
  rmSync(dirname(program), { recursive: true });
});

interface Seen extends Ended {
  readonly received: readonly string[];
}

function against(
  script: Script,
  args: readonly string[] = [],
  input?: string,
  write?: (socket: Socket, bytes: Buffer) => void,
): Promise<Seen> {
  const use = async (milter: ScriptedMilter): Promise<Seen> => {
    const spec = formatConnectionSpec(milter.spec);
    const ended = await runProgram(program, ['-s', spec, ...args], input);
    return { ...ended, received: milter.received };
  };
  return withMilter(script, use, write);
}

describe('exit status', () => {
  const quarantine = Buffer.concat([say('q', 'odd\0'), say('c')]);
  test.each<[string, Script, string[], number]>([
    ['pass', {}, [], 0],
    ['reject', { M: say('r') }, [], 3],
    ['temporary-failure', { M: say('t') }, [], 4],
    ['discard', { E: say('d') }, [], 5],
    ['quarantine', { E: quarantine }, [], 6],
    ['timeout', { E: 'silence' }, ['--end-of-message-timeout', '0.1'], 7],
    ['protocol-error', { H: say('X') }, ['--all-timeouts', '5'], 8],
    ['pass', {}, ['--expect', 'accept'], 9],
    ['reject', { M: say('r') }, ['--expect', 'temporary-failure,reject'], 0],
  ])('%s', async (status, script, args, code) => {
    const ended = await against(script, args);
    expect(ended.stdout.split('\n')[0]).toBe(`status: ${status}`);
    expect(ended.code).toBe(code);
  });

  test.each<[Result['status'], Verdict[] | undefined, number]>([
    ['accept', undefined, 0],
    ['accept', ['pass'], 0],
    ['pass', ['accept'], 9],
    ['pass', ['reject'], 9],
    ['reject', ['pass', 'reject'], 0],
    ['discard', ['reject'], 5],
    ['timeout', ['reject'], 7],
    ['cannot-connect', ['temporary-failure'], 1],
  ])('%s where %j is expected: %i', (status, expected, code) => {
    expect(exitCodeOf({ status }, expected)).toBe(code);
  });

  test('1 and the reason when it cannot connect', async () => {
    const ended = await runProgram(program, ['-s', '/nonexistent/s']);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr.split('\n')[0]).toBe(
      'Failed to connect to unix:/nonexistent/s: No such file or directory',
    );
  });

  test.each([
    [['-s', 'foo'], "spec doesn't have colon: <foo>"],
    [['-s', '/x', '-h', 'no colon'], 'NAME:VALUE'],
    [['-s', '/x', '-m', '/nonexistent'], 'ENOENT'],
  ])('2 for wrong usage: %j', async (args, words) => {
    const ended = await runProgram(program, args);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(words);
  });

  test('that of the mail, where nobody reads the report', async () => {
    const unread = ({ spec }: ScriptedMilter): Promise<Ended> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [program, '-s', formatConnectionSpec(spec)]);
        let stderr = '';
        child.stdout.destroy();
        child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
        child.on('close', (code) => resolve({ code, stdout: '', stderr }));
      });
    expect(await withMilter({ M: say('r') }, unread)).toMatchObject({ code: 3, stderr: '' });
  });

  test('every status is in the help, which is 0', async () => {
    const ended = await runProgram(program, ['-?']);
    expect(ended.code).toBe(0);
    for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 77]) {
      expect(ended.stdout).toMatch(new RegExp(`(^|\\s)${code} +[a-z-]`, 'm'));
    }
  });

  test.skipIf(process.getuid?.() === 0)('77 for --user without root, with a way out', async () => {
    const ended = await runProgram(program, ['-s', '/x', '--user', 'nobody']);
    expect(ended.code).toBe(77);
    expect(ended.stderr).toContain('sudo -u nobody');
  });

  test.runIf(process.getuid?.() === 0)(
    'as root, --user meets that user’s permissions',
    async () => {
      // The scripted milter's directory is open to its owner alone.
      const ended = await against({}, ['--user', 'nobody']);
      expect(ended.stderr).toMatch(/^Failed to connect to unix:.*: Permission denied\n/);
      expect(ended.code).toBe(1);
    },
  );
});

describe('what the C program gets wrong', () => {
  /** On the wire: the stage as four bytes, then the names. */
  const wishes = (stage: number, names: string): string =>
    `\0\0\0${String.fromCharCode(stage)}${names}\0`;

  test('a milter that asks for several macros in every stage gets them, and an end', async () => {
    const lists = [
      ...['j {daemon_name}', '{tls_version} {cipher}', '{mail_addr} i {mail_host}'],
      ...['{rcpt_addr} {rcpt_host}', '{mail_addr} i', 'i {mail_addr}'],
    ].map((names, stage) => wishes(stage, names));
    const { code, received } = await against({ O: agree(6, 0, 0, lists.join('')) });
    expect(code).toBe(0);
    expect(received).toContain('DCj\0mail.example.com\0{daemon_name}\0milter-test-server\0');
    expect(received).toContain('DM{mail_addr}\0sender@example.com\0{mail_host}\0example.com\0');
    expect(received).toContain('DR{rcpt_addr}\0receiver@example.org\0{rcpt_host}\0example.org\0');
    expect(received.at(-1)).toBe('Q');
  });

  const late =
    (milliseconds: number) =>
    (socket: Socket, bytes: Buffer): void => {
      setTimeout(() => socket.write(bytes), bytes.equals(say('a')) ? milliseconds : 0);
    };

  test.each<[string[], string, number]>([
    [['--end-of-message-timeout', '0.3'], 'status: timeout', 7],
    [['--reading-timeout', '0.3', '--writing-timeout', '0.3'], 'status: accept', 0],
    [['--all-timeouts', '0.3'], 'status: timeout', 7],
    [['--all-timeouts', '0.3', '--end-of-message-timeout', '9'], 'status: accept', 0],
  ])('%j and an answer to the end of the message after 0.9 s', async (args, status, code) => {
    const ended = await against({ E: say('a') }, args, '', late(900));
    expect(ended.stdout.split('\n')[0]).toBe(status);
    expect(ended.code).toBe(code);
  });
});

describe('a typo', () => {
  test.each([
    [['-s', '/x', '--expcet', 'pass'], "unknown option '--expcet'", 'did you mean --expect?'],
    [['-s', '/x', '--mailfile', 'f'], "unknown option '--mailfile'", 'did you mean --mail-file?'],
    [[], "required option '-s, --connection-spec <spec>' not specified", 'see milter-test-server'],
    [['-s', '/x', 'y'], 'too many arguments', 'see milter-test-server'],
  ])('%j', async (args, problem, next) => {
    const { code, stdout, stderr } = await runProgram(program, args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')[0]).toContain(`milter-test-server: ${problem}`);
    expect(stderr.split('\n')[1]).toContain(next);
    expect(stderr.split('\n')).toHaveLength(3);
  });
});

test('the help fits into 80 columns', async () => {
  const { stdout } = await runProgram(program, ['--help']);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

describe('options', () => {
  test('what the client says', async () => {
    const { received } = await against({ O: agree(6, 0, 0) }, [
      ...['--connect-host', 'h.example', '--connect-address', 'inet6:25@[2001:db8::1]'],
      ...[
        '--helo-fqdn',
        'me',
        '--unknown',
        'EXPN x',
        '-f',
        '<a@b> SIZE=9',
        '-r',
        'c@d',
        '-r',
        'e@f',
      ],
      ...['-h', 'X-One:ä', '-h', 'X-Two: 2', '-b', 'one', '-b', 'two'],
    ]);
    expect(received.filter((each) => !each.startsWith('D')).slice(1)).toEqual([
      'Ch.example\x006\0\x192001:db8::1\0',
      'Hme\0',
      'UEXPN x\0',
      'M<a@b>\0SIZE=9\0',
      'R<c@d>\0',
      'R<e@f>\0',
      'T',
      'LFrom\0<a@b>\0',
      'LTo\0<c@d>, <e@f>\0',
      'LX-One\0\xc3\xa4\0',
      'LX-Two\x002\0',
      'N',
      'Bone',
      'Btwo',
      'E',
      'Q',
    ]);
  });

  test('macros and authentication', async () => {
    const { received } = await against({}, [
      ...['--name', 'mta', '--connect-macro', '_:x', '--connect-macro', '{client_ptr}:y'],
      ...[
        '--authenticated-name',
        'u',
        '--authenticated-type',
        'PLAIN',
        '--authenticated-author',
        'v',
      ],
      ...['--end-of-message-macro', 'i:Q1'],
    ]);
    const connect = received.find((each) => each.startsWith('DC'));
    expect(connect).toMatch(/\{daemon_name\}\0mta\0.*_\0x\0\{client_ptr\}\0y\0$/);
    expect(received.find((each) => each.startsWith('DM'))).toContain(
      '{auth_authen}\0u\0{auth_type}\0PLAIN\0{auth_author}\0v\0',
    );
    expect(received).toContain('DEi\0Q1\0');
  });

  test('a mail from stdin, byte for byte, with its envelope', async () => {
    const file = 'From: <j@example.com>\nTo: k@example.org\nX: \xe4\n\n\xff\n';
    const { received } = await against({}, ['-m', '-'], file);
    expect(received).toContain('M<j@example.com>\0');
    expect(received).toContain('R<k@example.org>\0');
    expect(received).toContain('LX\0\xe4\0');
    expect(received).toContain('B\xff\r\n');
  });

  test('--output-message gives the real bytes', async () => {
    const script = { E: Buffer.concat([say('h', 'X-New\0\xe4\0'), say('c')]) };
    const ended = await against(script, ['--output-message']);
    expect(ended.stdout).toContain('+ X-New: \xe4\n');
    expect(ended.stdout).not.toContain('\x1b');
    const colored = await against(script, ['--output-message', '--color']);
    expect(colored.stdout).toContain('\x1b[32m+ X-New: \xe4\x1b[0m\n');
  });

  test('--threads gives a report for each session', async () => {
    const ended = await against({}, ['-t', '3']);
    expect(ended.stdout.match(/^status: pass$/gm)).toHaveLength(3);
    expect(ended.received.filter((each) => each === 'Q')).toHaveLength(3);
    const some = await against({ M: [say('c'), say('r')] }, ['-t', '2', '--json']);
    expect(some.stdout.trimEnd().split('\n')).toHaveLength(2);
  });

  test('--verbose tells each answer, --json all there is', async () => {
    const verbose = await against({}, ['-v']);
    expect(verbose.stdout).toMatch(/^envelope-from sender@example.com: continue \(\d+\.\d ms\)$/m);
    const json = await against({ M: say('y', '550 5.7.1 no\0') }, ['--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'reject',
      reply: { code: '550', enhanced: '5.7.1', lines: ['no'] },
    });
    expect(json.code).toBe(3);
  });
});
