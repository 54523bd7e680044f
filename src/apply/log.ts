/**
 * The log of one run: who asked for what, the plan, each step, every command with its time, exit code and whole output,
 * and what was undone. For reading afterwards: nothing depends on it. Values that may be secret are hidden.
 */
import { dirname } from 'node:path';
import { redactValues } from '../edit/unified-diff.ts';
import type { Host } from '../host/host.ts';
import { SECRETS } from '../plan/settings.ts';
import { basicTime } from './checkpoint.ts';
import type { ApplyEvent, ApplyListener } from './events.ts';
import { ensureDirectory } from './state.ts';

export interface RunLog {
  /** The file, once there is one: a run that changes nothing leaves none. */
  readonly path: string | undefined;
  /** A line with the time, or several; remembered until `flush`. */
  add(text: string): void;
  /** Output of a command, whole lines of it. */
  quote(text: string): void;
  /** Writes what was said so far, if it is kept. */
  flush(): void;
  /** From now on it is a file, readable by its owner alone; a later call changes nothing. */
  keep(host: Host, path: string): void;
}

export function createLog(): RunLog {
  let said = '';
  let file: { readonly host: Host; readonly path: string } | undefined;
  return {
    get path() {
      return file?.path;
    },
    add(text) {
      said += `${new Date().toISOString()} ${redactValues(text.trimEnd(), SECRETS)}\n`;
    },
    quote(text) {
      said += redactValues(text.replace(/\n$/, ''), SECRETS).replace(/^/gm, '| ') + '\n';
    },
    flush() {
      if (file === undefined || said === '') return;
      const bytes = Buffer.from(said);
      said = '';
      try {
        ensureDirectory(file.host, dirname(file.path), 0o700);
        file.host.append(file.path, bytes);
      } catch {
        // A full /var/log must not stop a run, nor an undo.
      }
    },
    keep(host, path) {
      file ??= { host, path };
      this.flush();
    },
  };
}

/** On this machine in /var/log/milter-setup, on a tree beside the state. */
export function logPath(host: Host, stateDirectory: string): string {
  const directory = host.root === undefined ? '/var/log/milter-setup' : `${stateDirectory}/log`;
  return `${directory}/${basicTime(Date.now())}.log`;
}

/** Notes each step, and passes it on. */
export function logged(log: RunLog, listener?: ApplyListener): ApplyListener {
  return (event) => {
    const line = eventLine(event);
    if (line !== undefined) log.add(line);
    listener?.(event);
  };
}

/** Undefined for output, which the command's own entry has. */
function eventLine(event: ApplyEvent): string | undefined {
  const { title } = event.change;
  switch (event.kind) {
    case 'output':
      return undefined;
    case 'started':
      return `step: ${title}`;
    case 'done':
      return `done: ${title}`;
    case 'skipped':
    case 'not-undone':
      return `${event.kind.replace('-', ' ')}: ${title}: ${event.reason}`;
    case 'warned':
    case 'failed':
      return `${event.kind}: ${title}: ${event.message}`;
    case 'undoing':
    case 'undone':
      return `${event.kind}: ${title}`;
  }
}
