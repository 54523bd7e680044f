/** `GET /status` on the endpoint of the metrics: what `milter-setup status` shows of the manager. */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  buildProgram,
  answerToMail,
  child,
  directory,
  endOfMessageOn,
  ini,
  mail,
  serving,
  start,
  until,
} from './running-program.ts';

buildProgram();

const metrics = (): string => join(directory, 'private/metrics.sock');

/** Children: one that answers, one that refuses every sender, one that is not there. */
async function startManager(...lines: readonly string[]): Promise<ReturnType<typeof start>> {
  await child('good');
  await child('bad', true);
  ini(
    [
      ...[`metrics = unix:${metrics()}`, 'breaker_failures = 3', ...lines],
      ...['good', 'bad', 'gone'].flatMap((name) => [
        `[milter.${name}]`,
        `connection_spec = unix:${directory}/${name}`,
      ]),
    ].join('\n'),
  );
  const manager = start('-c', directory, serving);
  await until(() => manager.output().includes('serves'), 'manager serves');
  return manager;
}

function get(path: string): Promise<{ readonly type: string; readonly text: string }> {
  return new Promise((resolve, reject) => {
    request({ socketPath: metrics(), path }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ type: response.headers['content-type'] ?? '', text }));
    })
      .on('error', reject)
      .end();
  });
}

async function status(): Promise<Record<string, unknown>> {
  return JSON.parse((await get('/status')).text) as Record<string, unknown>;
}

/** A mail that is let through, in a session that ends with it. */
async function acceptedMail(): Promise<void> {
  const { letter, socket } = await mail();
  if (letter === 'c') expect(await endOfMessageOn(socket)).toMatch(/^[ac]$/);
  else expect(letter).toBe('a');
  socket.destroy();
}

/** Values of a series of `/metrics`. */
async function sample(series: string): Promise<readonly string[]> {
  const { text } = await get('/metrics');
  return text.split('\n').flatMap((line) => {
    const [name, value] = line.split(' ');
    return name === `milter_manager_${series}` ? [value!] : [];
  });
}

/** The session is over for the manager when it has seen that we have gone. */
async function mails(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) expect(await answerToMail()).toBe('r');
}

const ISO: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

it('tells each child: last verdict, counts, failures, and whether it is left alone', async () => {
  await startManager();
  expect(await status()).toMatchObject({
    ...{ schema: 1, version: '1.2.3', started: ISO, sessions: 0, openSessions: 0, mails: {} },
    milters: [
      { name: 'good', last: null, mails: {}, failures: 0, lastFailure: null, leftAlone: false },
      { name: 'bad', last: null },
      { name: 'gone', last: null },
    ],
  });
  await mails(3);
  await expect.poll(async () => (await status())['sessions']).toBe(3);
  const after = await status();
  expect(after).toMatchObject({ mails: { reject: 3 }, openSessions: 0 });
  const [good, bad, gone] = after['milters'] as Record<string, unknown>[];
  expect(good).toMatchObject({ mails: { pass: 3 }, failures: 0, leftAlone: false });
  expect(bad).toMatchObject({
    last: { status: 'reject', stage: 'envelope-from', at: ISO },
    mails: { reject: 3 },
  });
  const { last } = bad as { last: { at: string; milliseconds: number } };
  expect(Date.now() - Date.parse(last.at)).toBeLessThan(10_000);
  expect(last.milliseconds).toBeLessThan(1000);
  expect(gone).toMatchObject({
    last: {
      status: 'accept',
      fallback: true,
      reason: expect.stringContaining('ENOENT') as unknown,
    },
    ...{ mails: {}, fallbacks: { accept: 3 } },
    failures: 3,
    lastFailure: { kind: 'unreachable', stage: 'negotiate', at: ISO },
    leftAlone: false,
  });
});

it('tells what was let through without a milter apart from what a milter let through', async () => {
  await child('good');
  const children = ['good', 'gone'].map(
    (name) => `[milter.${name}]\nconnection_spec = unix:${directory}/${name}\n`,
  );
  ini([`metrics = unix:${metrics()}\n`, ...children].join(''));
  const manager = start('-c', directory, serving);
  await until(() => manager.output().includes('serves'), 'manager serves');
  // Zero from the start: a first one is an increase then, which an alert rule sees.
  expect(await sample('mails_unfiltered_total')).toEqual(['0']);
  expect(await sample('child_fallbacks_total{child="gone",status="accept"}')).toEqual(['0']);
  await acceptedMail();
  await expect.poll(async () => (await status())['sessions']).toBe(1);
  expect(await status()).toMatchObject({
    ...{ unfiltered: 1, mails: { pass: 1 } },
    milters: [
      { mails: { pass: 1 }, fallbacks: {} },
      { mails: {}, fallbacks: { accept: 1 } },
    ],
  });
  expect(await sample('mails_unfiltered_total')).toEqual(['1']);
  expect(await sample('child_fallbacks_total{child="gone",status="accept"}')).toEqual(['1']);
  expect(await sample('child_mails_total{child="gone",status="accept"}')).toEqual(['0']);
  expect(await sample('child_seconds_count{child="gone"}')).toEqual(['0']);
  expect(await sample('child_seconds_count{child="good"}')).toEqual(['1']);
  expect(manager.output()).toMatch(/ unfiltered-by=gone .*gone: fallback accept at negotiate/);
});

it('takes no time of a milter that a condition kept a mail from', async () => {
  await child('good');
  ini(
    `metrics = unix:${metrics()}\n[milter.good]\nconnection_spec = unix:${directory}/good\n` +
      'applicable_conditions = Authenticated\n',
  );
  const manager = start('-c', directory, serving);
  await until(() => manager.output().includes('serves'), 'manager serves');
  expect(await sample('child_stopped_total{child="good",condition="Authenticated"}')).toEqual([
    '0',
  ]);
  await acceptedMail();
  await expect.poll(async () => (await status())['sessions']).toBe(1);
  expect(await sample('child_stopped_total{child="good",condition="Authenticated"}')).toEqual([
    '1',
  ]);
  expect(await sample('child_seconds_count{child="good"}')).toEqual(['0']);
  expect(await sample('mails_unfiltered_total')).toEqual(['0']);
  expect(manager.output()).toContain('(Authenticated: sender is not authenticated)');
});

it('adds up what the workers tell', async () => {
  await startManager('n_workers = 2');
  await mails(6);
  await expect.poll(async () => (await status())['sessions']).toBe(6);
  expect(await status()).toMatchObject({
    mails: { reject: 6 },
    milters: [{ mails: { pass: 6 } }, { mails: { reject: 6 } }, { failures: expect.any(Number) }],
  });
  expect((await get('/metrics')).text).toContain('milter_manager_mails_total{status="reject"');
});

it('keeps what a worker had counted that was killed', async () => {
  const manager = await startManager('n_workers = 2');
  await mails(6);
  await expect.poll(async () => (await status())['sessions']).toBe(6);
  const total = (): Promise<readonly string[]> => sample('mails_total{status="reject"}');
  expect(await total()).toEqual(['6']);
  const { pid } = manager.process;
  const workers = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ');
  for (const worker of workers) {
    process.kill(Number(worker), 'SIGKILL');
    await expect.poll(() => manager.output()).toContain(`worker ${worker} ended`);
  }
  await expect.poll(async () => (await status())['sessions'], { timeout: 5000 }).toBe(6);
  expect(await total()).toEqual(['6']);
  expect(await status()).toMatchObject({
    ...{ mails: { reject: 6 }, openSessions: 0 },
    milters: [{ mails: { pass: 6 } }, { mails: { reject: 6 } }, { fallbacks: { accept: 6 } }],
  });
});

it('lets nobody but its own user in, and leaves nothing behind', async () => {
  const manager = await startManager();
  expect(statSync(join(directory, 'private')).mode & 0o777).toBe(0o700);
  expect(statSync(metrics()).mode & 0o777).toBe(0o660);
  expect((await get('/status')).type).toBe('application/json');
  manager.process.kill('SIGTERM');
  expect((await manager.ended).code).toBe(0);
  expect(existsSync(join(directory, 'private'))).toBe(false);
});

it('takes the socket over that a killed manager left', async () => {
  const killed = await startManager();
  killed.process.kill('SIGKILL');
  await killed.ended;
  expect(existsSync(metrics())).toBe(true);
  start('-c', directory, serving);
  await expect
    .poll(() => status().catch(() => ({})), { timeout: 10_000 })
    .toMatchObject({ schema: 1 });
});

it('does not listen at a path that is cut off', async () => {
  const deep = join(directory, 'd'.repeat(60), 'e'.repeat(60));
  mkdirSync(deep, { recursive: true });
  writeFileSync(
    join(deep, 'milter-manager.ini'),
    '[manager]\ndetect = no\nconnection_spec = inet:0@127.0.0.1\nmetrics = unix:/private/metrics.sock\n',
  );
  const manager = start('--root', deep, '-c', '/', serving);
  await until(() => manager.output().includes('serves'), 'manager serves');
  expect(manager.output()).toContain('no metrics, no status: socket path is longer than');
  expect(readdirSync(deep)).toEqual(['milter-manager.ini']);
});

it('filters mail also where its status cannot be told', async () => {
  mkdirSync(join(directory, 'private'));
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(metrics(), resolve));
  const manager = await startManager();
  expect(manager.output()).toContain('no metrics, no status: ');
  expect(manager.output()).toContain('is in use');
  await mails(1);
  other.close();
});
