import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openRealHost } from '../../src/host/real.ts';

const host = openRealHost();

describe('running a command', () => {
  it('keeps both outputs and the exit code, and passes output on while it runs', async () => {
    const seen: string[] = [];
    const script = 'echo first; sleep 0.3; echo second >&2; exit 3';
    let pieces = 0;
    const running = host.run(['sh', '-c', script], {
      onOutput: (text) => {
        seen.push(text);
        pieces += 1;
      },
    });
    await expect.poll(() => seen.join(''), { interval: 20 }).toBe('first\n');
    expect(await running).toMatchObject({ exitCode: 3, stdout: 'first\n', stderr: 'second\n' });
    expect(seen.join('')).toBe('first\nsecond\n');
    expect(pieces).toBe(2);
  });

  it('does not wait for a daemon that keeps the output open, and does not kill it', async () => {
    const begun = Date.now();
    const { stdout } = await host.run(['sh', '-c', '(sleep 20; echo late) & echo $!']);
    expect(Date.now() - begun).toBeLessThan(5000);
    const daemon = Number(stdout);
    expect(() => process.kill(daemon, 0)).not.toThrow();
    process.kill(daemon);
  });

  it('is 127 for a program that is not there, 126 for what is none, 128 and more for a signal', async () => {
    expect(await host.run(['no-such-program-here'])).toMatchObject({ exitCode: 127 });
    expect(await host.run(['/etc/passwd'])).toMatchObject({ exitCode: 126 });
    expect(await host.run(['sh', '-c', 'kill -TERM $$'])).toMatchObject({ exitCode: 143 });
  });

  it('ends a command and its children when the time is up', async () => {
    const { exitCode, stdout } = await host.run(['sh', '-c', 'sleep 30 & echo $!; wait'], {
      timeout: 300,
    });
    expect(exitCode).toBe(124);
    await expect.poll(() => isAlive(Number(stdout))).toBe(false);
  });

  it('gives the input, and an empty one where there is none', async () => {
    expect(await host.run(['cat'], { input: 'abc' })).toMatchObject({ stdout: 'abc' });
    expect(await host.run(['cat'], { timeout: 5000 })).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('passes arguments as they are, in a group of its own, with English messages', async () => {
    const script = 'echo "$1"; echo "$LANG:$LC_ALL:$EXTRA"; ps -o pgid= -p $$; echo $$';
    const { stdout } = await host.run(['sh', '-c', script, 'sh', '$HOME; `id` "*"'], {
      environment: { EXTRA: 'given' },
    });
    const [argument, language, group, pid] = stdout.split('\n').map((line) => line.trim());
    expect(argument).toBe('$HOME; `id` "*"');
    expect(language).toBe('C.UTF-8::given');
    expect(group).toBe(pid);
  });

  it('keeps the end of an endless output', async () => {
    const { stdout } = await host.run(['sh', '-c', 'head -c 3000000 /dev/zero; echo; echo end']);
    expect(stdout.length).toBe(1024 * 1024);
    expect(stdout.endsWith('end\n')).toBe(true);
  });
});

/** A process that nobody has waited for yet is dead too. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}
