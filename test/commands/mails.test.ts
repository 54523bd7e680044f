/** `log`, `explain` and `report`, over what a real manager kept of mails that were played through it. */
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startManager } from '../../src/manager/program/manager.ts';
import { HistoryKeeper } from '../../src/manager/report/history-keeper.ts';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';
import { playMail } from '../manager/whole-mail.ts';
import { growTree, type Ended, type Tree } from './tree.ts';

const HISTORY = '/var/lib/milter-manager';
let tree: Tree;
const servers: Server[] = [];

function packet(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text, 'latin1')]);
}

/** A milter whose answer to a command letter is what `says` gives; CONTINUE where it gives nothing. */
async function milter(path: string, says: (letter: string) => string | undefined): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += 4 + chunk.readUInt32BE(at)) {
        const letter = String.fromCharCode(chunk[at + 4]!);
        if (letter === 'O') socket.write(Buffer.from('0000000d4f000000060000000000000000', 'hex'));
        else if (!'DAQK'.includes(letter)) socket.write(packet(says(letter) ?? 'c'));
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

beforeAll(async () => {
  tree = growTree();
  mkdirSync(join(tree.root, HISTORY), { recursive: true });
  const at = (name: string): string => join(tree.root, name);
  let recipients = 0;
  // The third try is accepted: a mail has two recipients.
  await milter(at('grey'), (letter) => {
    if (letter === 'R') recipients += 1;
    return letter === 'R' && recipients <= 4 ? 'y451 4.7.1 Greylisting in action\0' : undefined;
  });
  await milter(at('virus'), (letter) =>
    letter === 'E' && recipients > 6 ? 'y550 5.7.1 virus found\0' : undefined,
  );
  const sections = ['grey', 'virus', 'gone'].map(
    (name) => `[milter.${name}]\nconnection_spec = unix:${at(name)}\n`,
  );
  const manager = await startManager({
    configuration: readConfiguration({
      text: `[manager]\ndetect = no\nconnection_spec = unix:${at('manager')}\nhistory = ${at(HISTORY)}\n[log]\nuse_syslog = no\n${sections.join('')}`,
      path: 'ini',
      detect: () => ({ milters: [], warnings: [] }),
    }),
  });
  const take = () => Promise.resolve(manager.tally.take());
  const keeper = new HistoryKeeper(at(HISTORY), take, () => undefined);
  for (let mail = 0; mail < 4; mail += 1) await playMail(at('manager'));
  await manager.stop();
  await keeper.close();
});
afterAll(() => {
  for (const server of servers) server.close();
  tree.remove();
});

const run = (...words: readonly string[]): Promise<Ended> => tree.run(...words);

describe('log', () => {
  it('has a line for each message, oldest first, with who decided and what was not filtered', async () => {
    const { exitCode, stdout } = await run('log');
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}temporary-failure {2}4XyZ +<a@example\.net> -> <b@example\.org> and 1 more {2}grey: 451 4\.7\.1 Greylisting in action$/,
    );
    expect(lines[2]).toMatch(/ {2}pass +4XyZ .* {2}UNFILTERED by gone$/);
    expect(lines[3]).toMatch(/ {2}reject .* {2}virus: 550 5\.7\.1 virus found$/);
  });

  it.each([
    [['--status', 'reject'], 1],
    [['--milter', 'grey'], 2],
    [['--milter', 'gone'], 4],
    [['--from', 'A@EXAMPLE'], 4],
    [['--to', 'c@example.org'], 4],
    [['--client', '192.0.2.7', '--since', '5m'], 4],
    [['--to', 'nobody@'], 0],
  ])('shows those that %j choose', async (options, count) => {
    const { stdout } = await run('log', '--json', ...options);
    expect((JSON.parse(stdout) as { mails: unknown[] }).mails).toHaveLength(count);
  });

  it('names what is wrong with a time', async () => {
    const { exitCode, stderr } = await run('log', '--since', 'yesterday');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('"yesterday" is not a time (--since)');
  });
});

describe('explain', () => {
  it('shows every try of a message that was deferred, and each milter in it', async () => {
    const { exitCode, stdout } = await run('explain', '<1@example.net>');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('3 tries in 0 s: deferred by grey, pass at the last one.');
    expect(stdout).toContain('It was accepted without gone, which was down.');
    expect(stdout).toMatch(/x gone: gave no verdict, its fallback accept counted \(.*ENOENT/);
    expect(stdout).toMatch(/\+ grey: temporary-failure at envelope-recipient in .*: 451 4\.7\.1/);
    expect(stdout).toContain('  user        al ice\n');
  });

  it('asks which message is meant', async () => {
    const { exitCode, stderr } = await run('explain');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('which message?');
  });

  it('says how far back it can look where there is none', async () => {
    const { exitCode, stderr } = await run('explain', 'NOSUCHID');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('has kept no such message: NOSUCHID');
    expect(stderr).toContain('the oldest is of 20');
  });
});

describe('report', () => {
  it('begins with what was not filtered, and counts what came', async () => {
    const { exitCode, stdout } = await run('report', '--since', '1h');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^The last 1 h\n\n?x unfiltered {2}1 message was accepted while a milter was down\nmessages {4}4: 2 temporary-failure \(50 %\), 1 pass \(25 %\), 1 reject \(25 %\)\n/,
    );
    const rows = stdout.split('\n').map((line) => line.split(/\s+/));
    expect(rows.find(([name]) => name === 'gone')?.slice(0, 7)).toEqual([
      ...['gone', '0', '0', '0', '0', '4', '0'],
    ]);
    expect(rows.find(([name]) => name === 'virus')?.slice(0, 7)).toEqual([
      ...['virus', '4', '3', '0', '1', '0', '0'],
    ]);
  });
});

it('says where the history should be, where there is none', async () => {
  const bare = growTree();
  for (const verb of ['log', 'report']) {
    const { exitCode, stderr } = await bare.run(verb);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('/var/lib/milter-manager');
  }
  bare.remove();
});
