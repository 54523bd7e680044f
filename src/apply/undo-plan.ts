/** What an undo would do, as a plan: it is shown by the same means as any other, and nothing is changed. */
import { type HostReader, readText } from '../host/host.ts';
import type { Change, Command, Plan, RunCommands, WriteFile } from '../change/change.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CommandsUndo, DirectoryUndo, FileUndo, Step } from './journal.ts';
import { reasonToKeep } from './undo-step.ts';

type Described = Pick<Change, 'phase' | 'title' | 'why'>;

/** The steps of these runs backwards; what is left as it is stands in the notes. */
export function planUndo(
  host: HostReader,
  checkpoints: readonly Checkpoint[],
  packages: boolean,
): Plan {
  const texts = new Map<string, string | undefined>();
  const later = readerOf(host, texts);
  const changes: Change[] = [];
  const notes: string[] = [];
  for (const { id, directory, steps } of checkpoints) {
    for (const step of steps.filter(({ state }) => state !== 'undone').toReversed()) {
      const { undo, change } = step;
      const { phase, title } = change;
      const described = { phase, title: `take back: ${title}`, why: `It came with ${id}.` };
      if (undo.kind === 'file') {
        const file = fileChange(later, described, directory, undo, step);
        changes.push(file);
        texts.set(undo.target, file.after);
      } else {
        const kept = undo.kind === 'commands' && reasonToKeep(later, step, undo, packages);
        const commands = kept ? [] : commandsOf(undo);
        if (kept) notes.push(`kept: ${title}: ${kept}`);
        if (commands.length > 0) changes.push(commandChange(described, commands));
      }
    }
  }
  return { changes, notes };
}

/** The host as it will be once the steps before were taken back. */
function readerOf(host: HostReader, texts: ReadonlyMap<string, string | undefined>): HostReader {
  const read = (path: string): Buffer | undefined => {
    if (!texts.has(path)) return host.read(path);
    const text = texts.get(path);
    return text === undefined ? undefined : Buffer.from(text, 'latin1');
  };
  return { ...host, read };
}

function fileChange(
  host: HostReader,
  described: Described,
  directory: string,
  { target, before, original }: FileUndo,
  { change }: Step,
): WriteFile {
  const after = before === null ? undefined : readText(host, `${directory}/originals/${original}`);
  const { secrets, summary } = change.kind === 'write-file' ? change : {};
  return {
    ...described,
    kind: 'write-file',
    path: target,
    before: readText(host, target),
    after,
    ...(before !== null && { mode: before.mode }),
    ...(secrets && { secrets }),
    ...(summary !== undefined && {
      summary: after === undefined ? 'a program of ours' : 'the program as it was',
    }),
  };
}

function commandsOf(undo: CommandsUndo | DirectoryUndo): readonly Command[] {
  if (undo.kind === 'commands') return undo.commands;
  const { target, before } = undo;
  if (before === null) return [{ argv: ['rmdir', target] }];
  return [
    { argv: ['chown', `${before.uid}:${before.gid}`, target] },
    { argv: ['chmod', before.mode.toString(8), target] },
  ];
}

function commandChange(described: Described, commands: readonly Command[]): RunCommands {
  return { ...described, kind: 'run', commands, undo: [] };
}
