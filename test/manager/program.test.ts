import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAIL, playMail } from './mail-player.ts';
import {
  answerToMail,
  child,
  directory,
  endOfMessageOn,
  ini,
  mail,
  mailOn,
  negotiate,
  quits,
  serving,
  start,
  startIn,
  startVia,
  until,
  buildProgram,
} from './running-program.ts';

buildProgram();

describe('milter-manager', () => {
  it('tells its version', async () => {
    expect(await start('--version').ended).toEqual({ code: 0, output: 'milter-manager 1.2.3\n' });
  });

  it('exits 2 for options and specs that it does not know', async () => {
    const [option, spec] = await Promise.all([start('--nope').ended, start('-s', 'foo').ended]);
    expect(option).toMatchObject({
      code: 2,
      output: "milter-manager: unknown option '--nope'\nsee milter-manager --help\n",
    });
    expect(spec).toMatchObject({
      code: 2,
      output: expect.stringContaining("spec doesn't have colon: <foo>"),
    });
  });

  it.each(['two', '-1', '1.5', '65'])('exits 2 for --n-workers %s', async (number) => {
    ini('');
    const { code, output } = await start('-c', directory, '--check', '--n-workers', number).ended;
    expect(code).toBe(2);
    expect(output).toContain('It must be a whole number from 0 to 64');
  });

  it('checks the configuration: exit 0 or 1, errors with file and line', async () => {
    ini('');
    expect(await start('-c', directory, '--check').ended).toEqual({ code: 0, output: '' });
    ini('max_conections = 1\n');
    const { code, output } = await start('-c', directory, '--show-config').ended;
    expect(code).toBe(1);
    expect(output).toBe(
      `milter-manager: ${directory}/milter-manager.ini:4: unknown key max_conections in [manager]\n`,
    );
  });

  it('tells on standard error what is not wrong and may be missed', async () => {
    mkdirSync(join(directory, 'conf'));
    writeFileSync(join(directory, 'conf/milter-manager.ini'), '');
    const { ended } = start('--root', directory, '-c', '/conf', '--check');
    expect(await ended).toEqual({
      code: 0,
      output: 'milter-manager: warning: unknown system: no milter is detected\n',
    });
  });

  it('shows a configuration that is longer than a pipe holds', async () => {
    const names = Array.from({ length: 80 }, (_, index) => `milter-${index}`);
    ini(names.map((name) => `[milter.${name}]\nconnection_spec = inet:1@h\n`).join(''));
    const { code, output } = await start('-c', directory, '--show-config', '--format', 'json')
      .ended;
    expect(code).toBe(0);
    expect(output.length).toBeGreaterThan(65_536);
    const { milters } = JSON.parse(output) as { milters: { name: string }[] };
    expect(milters.map(({ name }) => name)).toEqual(names);
  });

  it.skipIf(!existsSync('/dev/full'))('says in a line that it cannot show it', async () => {
    ini('');
    const words = ['-c', 'exec "$@" >/dev/full', 'sh'];
    const { code, output } = await startVia('/bin/sh', ...words)('-c', directory, '--show-config')
      .ended;
    expect(code).toBe(1);
    expect(output).toMatch(/^milter-manager: ENOSPC.*\n$/);
  });

  it('exits 1 where the configuration directory has no ini', async () => {
    const { code, output } = await start('-c', join(directory, 'none'), '--check').ended;
    expect(code).toBe(1);
    expect(output).toContain('there is no such file');
  });

  it('says in one line that the ini cannot be read, and keeps what it has on a reload', async () => {
    const path = join(directory, 'milter-manager.ini');
    ini('');
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    rmSync(path);
    mkdirSync(path);
    const { code, output } = await start('-c', directory, '--check').ended;
    expect({ code, output }).toEqual({
      code: 1,
      output: `milter-manager: ${path}: is a directory\n`,
    });
    manager.process.kill('SIGHUP');
    await until(
      () =>
        manager
          .output()
          .includes(`not reloaded, the old configuration stays: ${path}: is a directory\n`),
      'error in the log',
    );
    expect(await answerToMail()).toBe('a');
  });

  it('reads configuration and host below --root, and its own sockets are there too', async () => {
    mkdirSync(join(directory, 'etc/milter-manager'), { recursive: true });
    writeFileSync(join(directory, 'etc/os-release'), 'ID=debian\nVERSION_ID="13"\n');
    writeFileSync(
      join(directory, 'etc/milter-manager/milter-manager.ini'),
      '[manager]\nconnection_spec = unix:/manager\n',
    );
    const manager = start('--root', directory, serving);
    await until(() => existsSync(join(directory, 'manager')), 'socket below the root');
    manager.process.kill('SIGTERM');
    expect((await manager.ended).code).toBe(0);
  });

  it('removes a stale socket, refuses a live one, and writes its pid', async () => {
    ini('');
    const pid = join(directory, 'pid');
    const first = start('-c', directory, serving, '--pid-file', pid);
    await until(() => existsSync(pid), 'pid file');
    expect(readFileSync(pid, 'latin1')).toBe(`${first.process.pid}\n`);
    const second = await start('-c', directory, serving).ended;
    expect(second).toMatchObject({
      code: 1,
      output: expect.stringContaining('another program listens on it'),
    });
    first.process.kill('SIGKILL');
    await first.ended;
    const third = start('-c', directory, serving, '--pid-file', pid);
    await until(() => third.output().includes('serves'), 'third manager serves');
    expect(await answerToMail()).toBe('a');
  });

  it.each([
    ...['0', '2'].map((workers) => ['--n-workers', workers, '--pid-file', '/nonexistent/pid']),
    ...(process.getuid?.() === 0 ? [['-u', 'no-such-user']] : []),
  ])('leaves no socket behind where it does not come to serve: %s %s', async (...args) => {
    ini('');
    const { code, output } = await start('-c', directory, serving, ...args).ended;
    expect(code).toBe(1);
    expect(output).toMatch(
      /^milter-manager: (ENOENT.*\/nonexistent\/|there is no user no-such-user)/m,
    );
    expect(existsSync(join(directory, 'manager'))).toBe(false);
  });

  it('reloads on HUP: new sessions see it, a broken ini changes nothing', async () => {
    await child('good');
    await child('bad', true);
    const use = (name: string): void =>
      ini(`[milter.x]\nconnection_spec = unix:${directory}/${name}\n`);
    use('good');
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    expect(await answerToMail()).toBe('c');
    ini('[milter.x]\nconnection_spec = nonsense\n');
    manager.process.kill('SIGHUP');
    await until(
      () => manager.output().includes('not reloaded, the old configuration stays'),
      'error in the log',
    );
    expect(await answerToMail()).toBe('c');
    use('bad');
    manager.process.kill('SIGHUP');
    await until(() => manager.output().includes('reloaded; milters: x'), 'reload in the log');
    expect(await answerToMail()).toBe('r');
  });

  it.each([0, 2])('reloads under load, also what is broken: %i workers', async (workers) => {
    await child('good');
    const good = `n_workers = ${workers}\n[milter.x]\nconnection_spec = unix:${directory}/good\n`;
    ini(good);
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const heard = (what: string): number => manager.output().split(what).length - 1;
    let stop = false;
    let mails = 0;
    const play = async (): Promise<void> => {
      for (; !stop; mails += 1)
        expect(await playMail(join(directory, 'manager'))).toBe('c'.repeat(MAIL.length));
    };
    const players = Array.from({ length: 8 }, play);
    for (const [index, broken] of [
      '[milter.x]\n',
      'nonsense',
      '[s25r]\nwhitelist = /(/\n',
    ].entries()) {
      ini(broken);
      manager.process.kill('SIGHUP');
      await until(() => heard('not reloaded, the old configuration stays') > index, 'refused');
      ini(good);
      manager.process.kill('SIGHUP');
      await until(
        () => heard('reloaded; milters: x') >= (index + 1) * Math.max(1, workers),
        'taken',
      );
    }
    const before = mails;
    await until(() => mails > before + 20, 'mails go on');
    stop = true;
    await Promise.all(players);
    expect(manager.output()).not.toContain('internal error');
  });

  it('lets open sessions finish on what they began with when it reloads', async () => {
    await child('good');
    await child('bad', true);
    ini(`[milter.x]\nconnection_spec = unix:${directory}/good\n`);
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const open = await negotiate();
    ini(`[milter.x]\nconnection_spec = unix:${directory}/bad\n`);
    manager.process.kill('SIGHUP');
    await until(() => manager.output().includes('reloaded; milters: x'), 'reload in the log');
    expect(await answerToMail()).toBe('r');
    expect(await mailOn(open)).toBe('c');
    open.destroy();
  });

  it('keeps no connection for the next session that was made before a reload', async () => {
    await child('x');
    const reuse = `[milter.x]\nconnection_spec = unix:${directory}/x\nconnection_reuse = yes\n`;
    ini(reuse);
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const open = await negotiate();
    expect(await endOfMessageOn(open)).toBe('c');
    open.destroy();
    await sleep(50);
    expect(quits).toBe(0);
    manager.process.kill('SIGHUP');
    await until(() => manager.output().includes('reloaded; milters: x'), 'reload in the log');
    await until(() => quits === 1, 'the child heard QUIT');
  });

  it('says in the log what a reload cannot change', async () => {
    ini('');
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    writeFileSync(
      join(directory, 'milter-manager.ini'),
      `[manager]\ndetect = no\nconnection_spec = unix:${directory}/elsewhere\n`,
    );
    manager.process.kill('SIGHUP');
    await until(
      () => manager.output().includes('takes effect at a restart only: connection_spec'),
      'warning in the log',
    );
    expect(await answerToMail()).toBe('a');
  });

  it('drains on TERM: stops accepting at once, ends when the last session does', async () => {
    await child('good');
    ini(`[milter.x]\nconnection_spec = unix:${directory}/good\n`);
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const { socket } = await mail();
    manager.process.kill('SIGTERM');
    await until(() => manager.output().includes('stopping'), 'stopping in the log');
    await expect(mail()).rejects.toThrow();
    expect(manager.process.exitCode).toBeNull();
    socket.destroy();
    expect((await manager.ended).code).toBe(0);
    expect(existsSync(join(directory, 'manager'))).toBe(false);
  });

  it.each(['', 'n_workers = 2\n'])('drains on a second TERM and INT too: %j', async (workers) => {
    await child('good');
    ini(`${workers}[milter.x]\nconnection_spec = unix:${directory}/good\n`);
    const pid = join(directory, 'pid');
    const manager = start('-c', directory, serving, '--pid-file', pid);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const { socket } = await mail();
    manager.process.kill('SIGTERM');
    await until(() => manager.output().includes('stopping'), 'stopping in the log');
    for (const again of ['SIGTERM', 'SIGINT', 'SIGTERM', 'SIGINT'] as const) {
      manager.process.kill(again);
      await sleep(50);
    }
    const answered = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.write(Buffer.from('0000000752' + '3c6340643e00', 'hex')); // RCPT <c@d>
    expect((await answered).toString('hex')).toBe('0000000163');
    socket.destroy();
    expect((await manager.ended).code).toBe(0);
    expect(existsSync(pid)).toBe(false);
  });

  it('drains mails on TERM, but waits for no client that sends none', async () => {
    await child('good');
    ini(`drain_idle_timeout = 0.2\n[milter.x]\nconnection_spec = unix:${directory}/good\n`);
    const manager = start('-c', directory, serving);
    await until(() => manager.output().includes('serves'), 'manager serves');
    const idle = await negotiate();
    const busy = await mail();
    let idleClosed = false;
    idle.on('close', () => (idleClosed = true));
    manager.process.kill('SIGTERM');
    await until(() => idleClosed, 'the idle session is closed');
    expect(manager.process.exitCode).toBeNull();
    // The mail in progress is given up by its client: now nothing holds the end up.
    busy.socket.write(Buffer.from('0000000141', 'hex'));
    expect((await manager.ended).code).toBe(0);
  });

  it('goes to the background and says when it serves', async () => {
    const pid = join(directory, 'pid');
    ini('[log]\nuse_syslog = no\n');
    const { code } = await start('-c', directory, '--daemon', '--pid-file', pid).ended;
    expect(code).toBe(0);
    const number = Number(readFileSync(pid, 'latin1'));
    expect(await answerToMail()).toBe('a');
    process.kill(number, 'SIGTERM');
    await until(() => !existsSync(pid), 'pid file is gone');
  });

  it('finds in the background what was named from where it was started', async () => {
    ini('[log]\nuse_syslog = no\n');
    const args = ['-c', '.', '--daemon', '--pid-file', 'pid'];
    const { code, output } = await startIn(directory, ...args).ended;
    expect([code, output]).toEqual([0, '']);
    const pid = join(directory, 'pid');
    process.kill(Number(readFileSync(pid, 'latin1')), 'SIGTERM');
    await until(() => !existsSync(pid), 'pid file is gone');
  });

  it('lets no byte of a client forge a line, or move a terminal', async () => {
    const log = join(directory, 'log');
    const lines: Record<string, string> = {};
    for (const format of ['text', 'json']) {
      ini(`[log]\npath = ${log}-${format}\nformat = ${format}\nstatistics = no\n`);
      const manager = start('-c', directory, serving);
      await until(() => manager.output().includes('serves'), 'manager serves');
      const { socket } = await mail('a\n[statistics] x\r\x1b[31m\x9b1m\xff@b');
      socket.destroy();
      manager.process.kill('SIGTERM');
      await manager.ended;
      const [first, line, last] = readFileSync(`${log}-${format}`, 'latin1').split('\n');
      expect([first, last]).toEqual([
        expect.stringContaining('serves'),
        expect.stringContaining('stopping'),
      ]);
      lines[format] = line!;
    }
    // The log is UTF-8, a byte of the address a character.
    expect(lines['text']).toContain('from="<a?[statistics] x??[31m?1m\xc3\xbf@b>" to=- status=');
    const json = Buffer.from(lines['json']!, 'latin1').toString();
    expect(JSON.parse(json)).toMatchObject({
      sender: '<a\n[statistics] x\r\x1b[31m\x9b1m\xff@b>',
    });
    expect(json).not.toMatch(/[\0-\x1f\x7f-\x9f]/);
  });

  it('writes its log to a file, and opens it again on USR1', async () => {
    const log = join(directory, 'log');
    ini(`[log]\npath = ${log}\nformat = json\n`);
    const manager = start('-c', directory, serving);
    await until(
      () => existsSync(log) && readFileSync(log, 'latin1').includes('serves'),
      'log file',
    );
    rmSync(log);
    manager.process.kill('SIGUSR1');
    await until(() => existsSync(log), 'log file again');
    const { socket } = await mail();
    socket.destroy();
    await until(() => readFileSync(log, 'latin1').includes('"event":"mail"'), 'mail in the log');
    const line = readFileSync(log, 'latin1')
      .split('\n')
      .find((each) => each.includes('"mail"'))!;
    expect(JSON.parse(line)).toMatchObject({
      session: 1,
      sender: '<a@b>',
      status: 'accept',
      children: [],
    });
  });
});
