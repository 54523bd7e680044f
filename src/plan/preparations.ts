/** Commands that must run once before services start. */
import type { HostReader } from '../host/host.ts';
import type { MilterSetup, Preparation } from '../milters/milter.ts';
import type { Command, RunCommands, WriteFile } from '../change/change.ts';
import type { Platform } from '../platforms/platform.ts';
import type { MilterFacts } from './facts.ts';
import { fillIn } from './settings.ts';
import { anyExists } from '../host/any-exists.ts';

type Once = Omit<Preparation, 'unless'>;

function once({
  title,
  why,
  commands,
  undo = [],
  phase = 'services',
  keptWhile,
}: Once): RunCommands {
  const change = { kind: 'run', phase, title, why, commands, undo } as const;
  return keptWhile ? { ...change, keptWhile } : change;
}

type Values = Readonly<Record<string, string>>;

function filled(preparation: Preparation, values: Values): Preparation {
  const fill = (text: string): string => fillIn(text, values, preparation.title);
  const all = (texts: readonly string[]): readonly string[] => texts.map(fill);
  const commands = (list: readonly Command[]): readonly Command[] =>
    list.map((command) => ({
      ...command,
      argv: all(command.argv),
      ...(command.asHolderOf !== undefined && { asHolderOf: fill(command.asHolderOf) }),
    }));
  const { title, unless, undo, keptWhile } = preparation;
  return {
    ...preparation,
    title: fill(title),
    commands: commands(preparation.commands),
    ...(unless && { unless: all(unless) }),
    ...(undo && { undo: commands(undo) }),
    ...(keptWhile && { keptWhile: { text: fill(keptWhile.text), in: keptWhile.in } }),
  };
}

/** The milter's own, so far as they are still needed; one that runs already has had them. */
export function planPreparations(
  host: HostReader,
  { setup, installed, detected }: MilterFacts & { readonly setup: MilterSetup },
  values: Values,
): readonly RunCommands[] {
  const runs = installed && detected?.enabled === true;
  if (runs && setup.preparations.every((each) => !each.unless)) return [];
  return setup.preparations
    .map((preparation) => filled(preparation, values))
    .filter(({ unless }) => unless === undefined || !anyExists(host, unless))
    .map(once);
}

/** Has the service manager take note of a new definition of the manager's service. */
export function planRegistration(
  { managerService, registration }: Platform,
  writes: readonly WriteFile[],
): readonly RunCommands[] {
  const step = registration?.(managerService);
  const definition = writes.find(({ path }) => path === step?.path);
  if (step === undefined || definition === undefined) return [];
  // One that was there is registered already, and stays so.
  return [once(definition.before === undefined ? step : { ...step, undo: [] })];
}
