import { existsSync } from 'node:fs';
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
});
