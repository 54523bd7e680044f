/** Starts one of the demo milters as a program of its own. */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseConnectionSpec, type ConnectionSpec } from '../../src/protocol/connection-spec.ts';
import { buildProgram } from '../tester/built-program.ts';

export interface DemoProgram {
  readonly spec: ConnectionSpec;
  readonly process: ChildProcess;
  /** Sends TERM and gives the exit code. */
  stop(): Promise<number | null>;
}

export class DemoPrograms {
  private readonly directory = mkdtempSync(join(tmpdir(), 'demo-milter-'));
  private readonly built = new Map<string, string>();
  private readonly running: ChildProcess[] = [];
  private count = 0;

  /** Resolves when it says `listening on SPEC`; rejects with what it said when it ends instead. */
  async start(name: string, args: readonly string[] = [], spec?: string): Promise<DemoProgram> {
    const file = this.built.get(name) ?? (await buildProgram(`src/demo/${name}.ts`));
    this.built.set(name, file);
    const where = spec ?? `unix:${join(this.directory, `s${++this.count}`)}`;
    const child = spawn(process.execPath, [file, '-s', where, ...args]);
    this.running.push(child);
    const line = await new Promise<string>((resolve, reject) => {
      let said = '';
      let complaint = '';
      child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
      child.stdout.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('\n')) resolve(said.slice(0, said.indexOf('\n')));
      });
      child.once('close', (code) => {
        reject(new Error(`${complaint.trim()} (${code})`));
      });
    });
    return {
      spec: parseConnectionSpec(line.replace(/^listening on /, '')),
      process: child,
      stop: () =>
        new Promise((resolve) => {
          child.once('close', resolve);
          child.kill('SIGTERM');
        }),
    };
  }

  end(): void {
    for (const child of this.running) child.kill('SIGKILL');
    for (const file of this.built.values()) rmSync(dirname(file), { recursive: true });
    rmSync(this.directory, { recursive: true });
  }
}
