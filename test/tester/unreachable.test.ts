/** A milter that cannot be reached: the documents' line, then the likely cause and what to do. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProgram, runProgram } from './built-program.ts';
import { formatConnectionSpec } from '../../src/protocol/connection-spec.ts';
import { withMilter } from './with-milter.ts';

const directory = mkdtempSync(join(tmpdir(), 'unreachable-'));
const socket = join(directory, 's');
const isRoot = process.getuid?.() === 0;
let program: string;
beforeAll(async () => {
  chmodSync(directory, 0o755);
  program = await buildProgram('src/tester/main.ts');
});
afterAll(() => {
  rmSync(dirname(program), { recursive: true });
  rmSync(directory, { recursive: true });
});

/** What is said on standard error, as two lines. */
async function told(spec: string, ...args: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runProgram(program, ['-s', spec, ...args]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^.*\n.*\n$/);
  return stderr.split('\n');
}

describe('a UNIX socket', () => {
  test('that is absent', async () => {
    const [line, cause] = await told(`unix:${socket}`);
    expect(line).toBe(`Failed to connect to unix:${socket}: No such file or directory`);
    expect(cause).toBe(
      'A service makes its socket when it starts. Is the service running? Look with: milter-setup status',
    );
  });

  test('whose directory is absent, too', async () => {
    const [, cause] = await told(`unix:${directory}/none/s`);
    expect(cause).toContain(`There is no directory ${directory}/none either;`);
  });

  test('that a service left behind', async () => {
    await runProgram(leaveSocket(), []);
    const [line, cause] = await told(`unix:${socket}`);
    expect(line).toBe(`Failed to connect to unix:${socket}: Connection refused`);
    expect(cause).toMatch(/a service that has ended left it behind\. Start the service again\.$/);
    rmSync(socket);
  });

  test('that is a file', async () => {
    writeFileSync(socket, '');
    const [, cause] = await told(`unix:${socket}`);
    expect(cause).toBe(`${socket} is no socket. Look with: ls -l ${socket}`);
    rmSync(socket);
  });

  test.runIf(isRoot)('in a directory that only its owner may enter', async () => {
    mkdirSync(join(directory, 'private'), { mode: 0o700 });
    const spec = `unix:${directory}/private/s`;
    const [line, cause] = await told(spec, '--user', 'nobody');
    expect(line).toBe(`Failed to connect to ${spec}: Permission denied`);
    expect(cause).toBe(
      `nobody may not enter ${directory}/private (drwx------ root:root); root may. ` +
        `Try: sudo -u root milter-test-server -s ${spec}`,
    );
  });

  test.runIf(isRoot)('that belongs to a group', async () => {
    await withMilter({}, async (milter) => {
      const spec = formatConnectionSpec(milter.spec);
      const path = spec.slice('unix:'.length);
      chmodSync(dirname(path), 0o755);
      chmodSync(path, 0o660);
      const [, cause] = await told(spec, '--user', 'nobody');
      expect(cause).toBe(
        `nobody may not write to ${path} (srw-rw---- root:root); root and members of the group root may. ` +
          `Try: sudo -u root milter-test-server -s ${spec}`,
      );
    });
  });

  /** A program that binds the socket and dies without taking it away. */
  function leaveSocket(): string {
    const path = join(directory, 'leave.cjs');
    const listen = `require('node:net').createServer().listen(${JSON.stringify(socket)}, `;
    writeFileSync(path, `${listen}() => process.kill(process.pid, 'SIGKILL'));`);
    return path;
  }
});

describe('a port', () => {
  test('where nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const [line, cause] = await told(`inet:${port}@127.0.0.1`);
    expect(line).toBe(`Failed to connect to inet:${port}@[127.0.0.1]: Connection refused`);
    expect(cause).toMatch(new RegExp(`^Nothing listens at port ${port} of 127\\.0\\.0\\.1\\. `));
  });

  test('of a name that nobody knows', async () => {
    const [, cause] = await told('inet:25@name.invalid');
    expect(cause).toMatch(/^The name name\.invalid is not known here\. /);
  });
});

test('with --json it is in the result', async () => {
  const { code, stdout } = await runProgram(program, ['-s', `unix:${socket}`, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    status: 'cannot-connect',
    problem: `Failed to connect to unix:${socket}: No such file or directory`,
    hint: expect.stringContaining('milter-setup status') as string,
  });
});

test('a scenario tells the same', async () => {
  const file = join(directory, 'some.scenario');
  writeFileSync(file, 'MTA > QUIT\n');
  const { code, stderr } = await runProgram(program, [
    ...['-s', `unix:${socket}`, '--scenario', file],
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain(`Failed to connect to unix:${socket}: No such file or directory\n`);
  expect(stderr).toContain('milter-setup status');
});
