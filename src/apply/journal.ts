/** What a run intends and has done, line by line on the disk before it happens: all that an undo needs. */
import type { Host, HostReader } from '../host/host.ts';
import type { Change, Command } from '../change/change.ts';
import { withNamedFields } from './former-change.ts';

/** How a file was before a change. */
export interface FileFacts {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

export interface FileUndo {
  readonly kind: 'file';
  /** Where the bytes are: the change's path with its links followed. */
  readonly target: string;
  /** null: there was no file. */
  readonly before: FileFacts | null;
  /** SHA-256 of what we write; null: we remove it. */
  readonly after: string | null;
  /** The faithful copy's name below the checkpoint; null where there was no file. */
  readonly original: string | null;
  /** What our last run had written into this path, for the record of written files. */
  readonly written: string | null;
}

export interface DirectoryUndo {
  readonly kind: 'directory';
  readonly target: string;
  /** null: there was none. */
  readonly before: { readonly mode: number; readonly uid: number; readonly gid: number } | null;
}

export interface CommandsUndo {
  readonly kind: 'commands';
  readonly commands: readonly Command[];
  /** Whether it takes packages away, which undo does only when asked. */
  readonly packages: boolean;
}

export type Undo = FileUndo | DirectoryUndo | CommandsUndo;

export type Outcome = 'applied' | 'undone' | 'partly-undone';

export type JournalRecord =
  | {
      readonly type: 'begin';
      /** Of this format. */
      readonly schema: 1;
      readonly version: string;
      readonly verb: string;
      readonly host: string;
      /** ISO 8601. */
      readonly at: string;
    }
  | {
      readonly type: 'intend';
      readonly index: number;
      readonly at: string;
      readonly change: Change;
      readonly undo: Undo;
    }
  | { readonly type: 'done' | 'undoing' | 'undone' | 'kept'; readonly index: number }
  | { readonly type: 'undo-begun'; readonly at: string }
  | { readonly type: 'finished'; readonly outcome: Outcome; readonly at: string };

/** One change of a run, as far as the journal knows. */
export interface Step {
  readonly index: number;
  readonly change: Change;
  readonly undo: Undo;
  /** `intended`: it may have happened, or a part of it. `kept`: an undo has left it on purpose. */
  readonly state: 'intended' | 'done' | 'kept' | 'undone';
  /** An undo of it has begun before, and may have happened. */
  readonly undoTried: boolean;
}

/** Adds a record and waits until it is on the disk. */
export function appendRecord(host: Host, directory: string, record: JournalRecord): void {
  // What an undo adds may follow a line that was cut off when the run was killed.
  const start = record.type === 'undo-begun' ? '\n' : '';
  host.append(`${directory}/journal.jsonl`, Buffer.from(`${start}${JSON.stringify(record)}\n`));
}

/** The records of a checkpoint; a last line that was cut off never happened. Empty where there is no journal. */
export function readJournal(host: HostReader, directory: string): readonly JournalRecord[] {
  const lines = host.read(`${directory}/journal.jsonl`)?.toString().split('\n') ?? [];
  return lines.flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as JournalRecord];
    } catch {
      return [];
    }
  });
}

/** The steps of a run in the order in which they were begun. */
export function stepsOf(records: readonly JournalRecord[]): readonly Step[] {
  const steps = new Map<number, Step>();
  const update = (index: number, news: Partial<Step>): void => {
    const step = steps.get(index);
    if (step !== undefined) steps.set(index, { ...step, ...news });
  };
  for (const record of records) {
    switch (record.type) {
      case 'intend': {
        const { index, undo } = record;
        const change = withNamedFields(record.change);
        steps.set(index, { index, change, undo, state: 'intended', undoTried: false });
        break;
      }
      case 'undoing':
        update(record.index, { undoTried: true });
        break;
      case 'done':
      case 'undone':
      case 'kept':
        update(record.index, { state: record.type });
        break;
      case 'begin':
      case 'undo-begun':
      case 'finished':
        break;
    }
  }
  return [...steps.values()];
}
