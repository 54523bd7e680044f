import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  buildProgram,
  child,
  directory,
  ini,
  mail,
  serving,
  startWithFiles,
  until,
} from './running-program.ts';

buildProgram();

describe.skipIf(!existsSync('/proc/self/limits'))('too few open files (needs /proc)', () => {
  it('put sessions off; no mail goes past its milters', async () => {
    await child('good');
    ini(
      ['a', 'b', 'c']
        .map((name) => `[milter.${name}]\nconnection_spec = unix:${directory}/good\nafter =\n`)
        .join(''),
    );
    const manager = startWithFiles(80, '-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const mails = await Promise.all(Array.from({ length: 30 }, () => mail()));
    const answers = mails
      .map(({ letter }) => letter)
      .sort()
      .join('');
    expect(answers).toMatch(/^c+t+$/);
    expect(manager.output()).toContain('further ones are put off');
    for (const { socket } of mails) socket.destroy();
    await until(() => manager.output().includes('[sessions][finished] 30'), 'all sessions end');
    const { letter, socket } = await mail();
    socket.destroy();
    expect(letter).toBe('c');
  });

  it.each([0, 2])('end none unanswered, however many they are: %i workers', async (workers) => {
    await child('good');
    ini(`n_workers = ${workers}\n[milter.a]\nconnection_spec = unix:${directory}/good\n`);
    const manager = startWithFiles(128, '-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    // A few at a time: those that are under way at once have to be open at once.
    const open: Socket[] = [];
    const answers: string[] = [];
    for (let group = 0; group < 30; group += 1) {
      const mails = await Promise.all(Array.from({ length: 10 }, () => mail()));
      open.push(...mails.map(({ socket }) => socket));
      answers.push(...mails.map(({ letter }) => letter));
    }
    expect(answers.sort().join('')).toMatch(/^c{15,}t{100,}$/);
    for (const socket of open) socket.destroy();
    await expect.poll(async () => (await mail()).letter, { timeout: 5000 }).toBe('c');
  });
});
