/** What the log says of a mail: as logfmt and as JSON, to its envelope, its milters and what they found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findingsOf } from '../../src/manager/report/findings.ts';
import { buildProgram, child, directory, ini, serving, start, until } from './running-program.ts';
import { playMail } from './whole-mail.ts';

buildProgram();

async function logged(format: 'text' | 'json', milter = 'good'): Promise<string> {
  await child('good');
  const log = join(directory, `log-of-${milter}`);
  const sections = `[log]\npath = ${log}\nformat = ${format}\nstatistics = no\n`;
  ini(`${sections}[milter.${milter}]\nconnection_spec = unix:${directory}/${milter}\n`);
  const manager = start('-c', directory, serving);
  await until(() => manager.output().includes('serves'), 'manager serves');
  await playMail(join(directory, 'manager'));
  manager.process.kill('SIGTERM');
  await manager.ended;
  return readFileSync(log, 'utf8');
}

it('is one line of logfmt with a time in RFC 3339', async () => {
  const [, line] = (await logged('text')).split('\n');
  expect(line).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z session=1 queue-id=4XyZ client=mx\.example\.net\[192\.0\.2\.7\] from=<a@example\.net> to=<b@example\.org>,<c@example\.org> status=pass stage=end-of-message elapsed=\d\.\d{6} size=\d+ helo=mx\.example\.net message-id=<1@example\.net> user="al ice" tls=TLSv1\.3 milters="good: pass at end-of-message in [\d.]+ ms"$/,
  );
});

it('is one JSON object, as is every other line', async () => {
  const lines = (await logged('json'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  for (const line of lines)
    expect(line).toMatchObject({ time: expect.any(String) as unknown, level: 'info' });
  expect(lines[1]).toMatchObject({
    ...{ event: 'mail', session: 1, queueId: '4XyZ', sender: '<a@example.net>' },
    recipients: [
      { address: '<b@example.org>', status: 'pass' },
      { address: '<c@example.org>', status: 'pass' },
    ],
    ...{ recipientCount: 2, messageId: '<1@example.net>', helo: 'mx.example.net' },
    ...{ authenticated: 'al ice', tls: 'TLSv1.3', unfilteredBy: [] },
    children: [{ name: 'good', status: 'pass', fallback: false, asked: true }],
  });
});

it('tells once of a client about whose mail nobody is left to be asked', async () => {
  const lines = (await logged('text', 'gone')).split('\n');
  const told = lines.filter((line) => line.includes('stage=connect'));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /session=1 queue-id=- client=mx\.example\.net\[192\.0\.2\.7\] .*status=accept stage=connect .*unfiltered-by=gone .*milters="gone: fallback accept at \S+ in [\d.]+ ms \(.*ENOENT/,
  );
});

/** Header texts as the programs' own manuals and RFC 8601 have them. */
it.each([
  ['X-Spam-Flag', 'YES', ['spam']],
  ['X-Spam-Status', 'No, score=1.2', []],
  ['X-Virus-Status', 'Infected (Eicar-Test-Signature)', ['virus']],
  ['X-Virus-Status', 'Clean', []],
  [
    'X-Greylist',
    'Delayed for 00:10:02 by milter-greylist-4.6.4 (mx [192.0.2.1])',
    ['greylist_passed'],
  ],
  ['X-Greylist', 'Sender IP whitelisted, not delayed by milter-greylist', []],
  [
    'Authentication-Results',
    'mx.example.org; dkim=fail header.d=a.example; dkim=pass header.d=b.example; spf=softfail',
    ['dkim_pass'],
  ],
  [
    'authentication-results',
    'mx; dmarc=fail (p=reject) header.from=a.example; spf=pass',
    ['spf_pass', 'dmarc_fail'],
  ],
])('tells of the header %s: %s', (name, value, findings) => {
  expect(findingsOf({ name, value: Buffer.from(value) })).toEqual(findings);
});
