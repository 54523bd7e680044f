/** The demo milters as programs, asked by the test client. */

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConnectionSpec, type ConnectionSpec } from '../../src/protocol/connection-spec.ts';
import { playMail, playMails } from '../../src/tester/play.ts';
import { sampleMail, type SampleName } from '../../src/tester/samples.ts';
import { createMail, type Mail, type MailDetails } from '../../src/tester/mail.ts';
import { DemoPrograms } from './demo-program.ts';

const programs = new DemoPrograms();
afterAll(() => {
  programs.end();
});

/** Starts a milter for the tests of one block. */
function milter(name: string, ...args: string[]): () => ConnectionSpec {
  let spec: ConnectionSpec;
  beforeAll(async () => {
    ({ spec } = await programs.start(name, args));
  });
  return () => spec;
}

/** The sample, its body in packets of `size` bytes. */
function inChunks(sample: SampleName, size: number): Mail {
  const mail = sampleMail(sample);
  const body = mail.body.join('');
  const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
    body.slice(index * size, (index + 1) * size),
  );
  return { ...mail, body: chunks };
}

async function addedHeaders(spec: ConnectionSpec, mail: Mail): Promise<Record<string, string>> {
  const { modifications } = await playMail(spec, mail);
  return Object.fromEntries(
    modifications.flatMap((each) => (each.kind === 'add-header' ? [[each.name, each.value]] : [])),
  );
}

describe('the virus finder', () => {
  const spec = milter('virus-finder');

  test.each([1, 7, 40, 67, 10_000])('finds EICAR in chunks of %i bytes', async (size) => {
    expect(await playMail(spec(), inChunks('eicar', size))).toMatchObject({
      status: 'reject',
      stage: 'end-of-message',
      reply: { code: '550', enhanced: '5.7.1' },
    });
  });

  test('marks other mails as clean, those after a virus in the same session too', async () => {
    expect(await addedHeaders(spec(), sampleMail('gtube'))).toMatchObject({
      'X-Virus-Status': 'Clean',
    });
    const mails = [sampleMail('eicar'), sampleMail('clean')];
    const results = await playMails(spec(), mails, 'same-session');
    expect(results.map((each) => each.status)).toEqual(['reject', 'pass']);
  });

  test.each([2, 4])('speaks version %i too, where everything is answered', async (version) => {
    const options = { version, timeouts: { reading: 1 } };
    expect((await playMail(spec(), sampleMail('clean'), options)).status).toBe('pass');
    expect((await playMail(spec(), sampleMail('eicar'), options)).status).toBe('reject');
  });

  test('serves a new session after QUIT_NC', async () => {
    const mails = [sampleMail('eicar'), sampleMail('clean')];
    const results = await playMails(spec(), mails, 'quit-nc');
    expect(results.map((each) => each.status)).toEqual(['reject', 'pass']);
  });
});

describe('the spam scorer', () => {
  const spec = milter('spam-scorer');

  test.each([1, 30, 10_000])('blocks GTUBE in chunks of %i bytes', async (size) => {
    expect(await playMail(spec(), inChunks('gtube', size))).toMatchObject({
      status: 'reject',
      reply: { code: '550', enhanced: '5.7.1', lines: ['Blocked'] },
    });
  });

  test('scores other mails', async () => {
    const clean = await addedHeaders(spec(), sampleMail('clean'));
    expect(clean['X-Spam-Status']).toBe('No, score=0.0 required=5.0 tests=none');
    expect(clean['X-Spam-Checker-Version']).toBeTruthy();
    const bare = await addedHeaders(spec(), createMail());
    expect(bare['X-Spam-Status']).toContain('MISSING_SUBJECT');
  });
});

describe('the greylister', () => {
  const spec = milter('greylister', '--delay', '1');
  const from = (address: string, more: MailDetails = {}) =>
    playMail(spec(), createMail({ address: { family: 'inet', address, port: 25 }, ...more }));

  test('refuses an unknown sender for now, lets the retry from its network through', async () => {
    const first = await from('192.0.2.7');
    expect(first).toMatchObject({
      status: 'temporary-failure',
      stage: 'envelope-recipient',
      reply: { code: '451', enhanced: '4.7.1' },
    });
    expect((await from('192.0.2.7')).status).toBe('temporary-failure');
    await new Promise((resolve) => setTimeout(resolve, 1050));
    const retry = await from('192.0.2.250');
    expect(retry.status).toBe('pass');
    expect(retry.modifications).toMatchObject([{ kind: 'add-header', name: 'X-Greylist' }]);
    // Another network, sender or recipient is another matter.
    expect((await from('192.0.3.7')).status).toBe('temporary-failure');
    expect((await from('192.0.2.7', { from: 'x@y' })).status).toBe('temporary-failure');
    expect((await from('192.0.2.7', { recipients: ['x@y'] })).status).toBe('temporary-failure');
  });
});

describe('as a program', () => {
  test('ends on TERM with 0 and removes its socket', async () => {
    const program = await programs.start('spam-scorer');
    const path = program.spec.kind === 'unix' ? program.spec.path : '';
    expect(existsSync(path)).toBe(true);
    expect(await program.stop()).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test('takes over a socket that a crash left, but no live one', async () => {
    const first = await programs.start('spam-scorer');
    const path = first.spec.kind === 'unix' ? `unix:${first.spec.path}` : '';
    await expect(programs.start('spam-scorer', [], path)).rejects.toThrow(/cannot listen.*\(1\)$/s);
    const ended = new Promise((resolve) => first.process.once('close', resolve));
    first.process.kill('SIGKILL');
    await ended;
    const second = await programs.start('spam-scorer', [], path);
    expect((await playMail(second.spec, createMail())).status).toBe('pass');
  });

  test('listens on TCP; port 0 is told as the one it got', async () => {
    const { spec } = await programs.start('spam-scorer', [], 'inet:0@127.0.0.1');
    expect(spec).not.toEqual(parseConnectionSpec('inet:0@127.0.0.1'));
    expect((await playMail(spec, sampleMail('gtube'))).status).toBe('reject');
  });

  test.each([
    [[], 'nonsense', /spec doesn't have colon.*\(2\)$/s],
    [['--delay', 'soon'], undefined, /--delay wants a number.*\(2\)$/s],
    [['--what'], undefined, /--what.*\(2\)$/s],
  ])('wrong usage: %j %s', async (args, spec, words) => {
    await expect(programs.start('greylister', args, spec)).rejects.toThrow(words);
  });
});
