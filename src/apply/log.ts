/** The log of every command of one run, with its time and its output. For reading afterwards: nothing depends on it. */
import { dirname } from 'node:path';
import type { Host } from '../host/host.ts';
import { basicTime } from './checkpoint.ts';
import { ensureDirectory } from './state.ts';

export interface CommandLog {
  /** Where it is, once something was logged. */
  readonly path: string;
  add(text: string): void;
}

/** On this machine in /var/log/milter-setup, on a tree beside the state; readable by its owner alone. */
export function openLog(host: Host, stateDirectory: string): CommandLog {
  const directory = host.root === undefined ? '/var/log/milter-setup' : `${stateDirectory}/log`;
  const path = `${directory}/${basicTime(Date.now())}.log`;
  return {
    path,
    add(text) {
      try {
        ensureDirectory(host, dirname(path), 0o700);
        host.append(path, Buffer.from(`${new Date().toISOString()} ${text}\n`));
      } catch {
        // A full /var/log must not stop a run, nor an undo.
      }
    },
  };
}
