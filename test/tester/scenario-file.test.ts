/** `--scenario FILE` as people use it: what it prints, how it exits. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatConnectionSpec } from '../../src/protocol/connection-spec.ts';
import { buildProgram, runProgram, type Ended } from './built-program.ts';
import { say, type Script } from './scripted-milter.ts';
import { withMilter } from './with-milter.ts';

const directory = mkdtempSync(join(tmpdir(), 'scenario-'));
const file = join(directory, 'greylisted.scenario');
let program: string;
beforeAll(async () => {
  program = await buildProgram('src/tester/main.ts');
});
afterAll(() => {
  rmSync(dirname(program), { recursive: true });
  rmSync(directory, { recursive: true });
});

function played(script: Script, text: string, ...args: readonly string[]): Promise<Ended> {
  writeFileSync(file, text);
  return withMilter(script, (milter) =>
    runProgram(program, ['-s', formatConnectionSpec(milter.spec), '--scenario', file, ...args]),
  );
}

const GREYLISTED = `# Who is not known comes back later.
milter greylist: fallback_status = accept

MTA > MAIL <a@example.org>
MTA < CONTINUE
MTA > RCPT <b@example.net>
MTA < REPLY 451 4.7.1 later
`;

describe('a scenario', () => {
  it('that the milter keeps to: 0, each line on demand', async () => {
    const script = { R: say('y', '451 4.7.1 later\0') };
    const ended = await played(script, GREYLISTED, '--verbose');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toBe(
      'MTA > MAIL <a@example.org>\nMTA < CONTINUE\nMTA > RCPT <b@example.net>\nMTA < REPLY 451 4.7.1 later\nthe scenario went as told\n',
    );
  });

  it('that it does not keep to: 9, the line and both answers', async () => {
    const ended = await played({ R: say('r') }, GREYLISTED);
    expect(ended.code).toBe(9);
    expect(ended.stderr).toBe(
      `milter-test-server: ${file}:7: REPLY 451 4.7.1 later was to come, and it says "r"\n`,
    );
  });

  it('to which nothing is said: 7', async () => {
    const ended = await played({ M: 'silence' }, GREYLISTED, '--reading-timeout', '0.2');
    expect(ended.code).toBe(7);
    expect(ended.stderr).toBe(`milter-test-server: ${file}:5: reading timeout\n`);
  });

  it('that comes on standard input, as a shell or another program gives it', async () => {
    const ended = await withMilter({ M: say('r') }, (milter) =>
      runProgram(
        program,
        ['-s', formatConnectionSpec(milter.spec), '--scenario', '-'],
        'MTA > MAIL <a@example.org>\nMTA < REJECT\n',
      ),
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['MTA > NONSENSE\n', ':1: no packet is called NONSENSE'],
    ['MTA says hello\n', ':1: neither "MTA > WORDS" nor "MTA < WORDS": MTA says hello'],
    ['# nothing\n', ': the MTA says nothing in it'],
  ])('that cannot be read: 2 and where', async (text, problem) => {
    const ended = await played({}, text);
    expect(ended).toMatchObject({ code: 2, stderr: `milter-test-server: ${file}${problem}\n` });
  });
});
