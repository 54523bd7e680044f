/** What the manager writes of itself and of its milters: as much as came, over reloads, workers and the end. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readHistory } from '../../src/history/history-file.ts';
import { readRecent } from '../../src/history/recent.ts';
import { childHistory, MANAGER_HISTORY } from '../../src/history/places.ts';
import {
  answerToMail,
  buildProgram,
  child,
  directory,
  endOfMessageOn,
  ini,
  mail,
  serving,
  start,
  until,
} from './running-program.ts';
import { readIfThere } from '../history/read-if-there.ts';

buildProgram();

const histories = (): string => join(directory, 'history');

async function children(): Promise<void> {
  await child('good');
  await child('bad', true);
}

async function startManager(lines = ''): Promise<ReturnType<typeof start>> {
  ini(
    [
      ...[`history = ${histories()}`, lines],
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

async function stop(manager: ReturnType<typeof start>): Promise<void> {
  manager.process.kill('SIGTERM');
  expect((await manager.ended).code).toBe(0);
}

function total(file: string, column: string): number {
  const rows = readHistory(readIfThere, join(histories(), file), 'day', 0, 0xffff_ffff);
  return rows.reduce((sum, { numbers }) => sum + (numbers[column] ?? 0), 0);
}

it.each(['', 'n_workers = 2'])('adds up to what came, over a restart: "%s"', async (lines) => {
  await children();
  for (const mails of [3, 4]) {
    const manager = await startManager(lines);
    for (let sent = 0; sent < mails; sent += 1) expect(await answerToMail()).toBe('r');
    await stop(manager);
  }
  expect(total(MANAGER_HISTORY, 'reject')).toBe(7);
  expect(total(MANAGER_HISTORY, 'sessions')).toBe(7);
  expect(total(MANAGER_HISTORY, 'unfiltered')).toBe(0);
  expect(total(childHistory('bad'), 'reject')).toBe(7);
  expect(total(childHistory('good'), 'pass')).toBe(7);
  expect(total(childHistory('gone'), 'fallback_accept')).toBe(7);
  expect(total(childHistory('gone'), 'pass')).toBe(0);
  const recent = readRecent(readIfThere, histories());
  expect(recent).toHaveLength(7);
  expect(recent[6]).toMatchObject({
    ...{ event: 'mail', sender: '<a@b>', status: 'reject', stage: 'envelope-from' },
    children: [
      { name: 'good', status: 'pass', fallback: false },
      { name: 'bad', status: 'reject', fallback: false },
      { name: 'gone', status: 'accept', fallback: true },
    ],
  });
});

it('counts mails that end while the manager stops', async () => {
  await child('good');
  ini(`history = ${histories()}\n[milter.good]\nconnection_spec = unix:${directory}/good\n`);
  const manager = start('-c', directory, serving);
  await until(() => manager.output().includes('serves'), 'manager serves');
  const { socket } = await mail();
  manager.process.kill('SIGTERM');
  await until(() => manager.output().includes('stopping'), 'manager stops');
  expect(await endOfMessageOn(socket)).toMatch(/^[ac]$/);
  socket.destroy();
  expect((await manager.ended).code).toBe(0);
  expect(total(MANAGER_HISTORY, 'pass')).toBe(1);
});

it('filters mail also where no history can be written, and says so once', async () => {
  await children();
  const manager = await startManager();
  await stop(manager);
  expect(readdirSync(histories()).toSorted()).toEqual([MANAGER_HISTORY]);
  mkdirSync(join(histories(), childHistory('good')));
  const again = await startManager();
  expect(await answerToMail()).toBe('r');
  await stop(again);
  expect(again.output().match(/history .*good.*EISDIR/g)).toHaveLength(1);
  expect(total(childHistory('bad'), 'reject')).toBe(1);
});

it('writes none where none is asked for', async () => {
  ini('');
  const manager = start('-c', directory, serving);
  await until(() => manager.output().includes('serves'), 'manager serves');
  await stop(manager);
  expect(existsSync(histories())).toBe(false);
});
