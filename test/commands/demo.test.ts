/** The demo, as a newcomer starts it. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runProgram } from './tree.ts';

describe('milter-setup demo', () => {
  it('shows the plan, filters five mails, and cleans up', async () => {
    const { exitCode, stdout } = await runProgram('demo');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('+OnInfected Reject');
    expect(stdout).toMatch(/clean mail: pass.*added X-Virus-Scanned, X-Spam-Checker-Version/);
    expect(stdout).toMatch(/virus \(EICAR\): reject 550 5\.7\.1/);
    expect(stdout).toMatch(/spam \(GTUBE\): reject 550 5\.7\.1/);
    expect(stdout).toMatch(/unknown sender on a suspicious host: temporary-failure 451 4\.7\.1/);
    expect(stdout).toMatch(/same sender, after the delay: pass/);
    expect(stdout).toMatch(/\nstatus: pass\nelapsed-time: \d+\.\d+ seconds\n$/);
    const directory = /mail host in (\S+)\./.exec(stdout)?.[1];
    expect(directory).toBeDefined();
    expect(existsSync(directory!)).toBe(false);
  });
});
