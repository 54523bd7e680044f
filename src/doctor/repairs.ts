/** How findings are repaired: changes, so that each is shown, journalled and taken back like those of a plan. */
import type { Change, ChangeService, Command, ServiceAction } from '../change/change.ts';
import { editorFor } from '../edit/editors.ts';
import { EditError, type Settings } from '../edit/format.ts';
import { setParameter, unsetParameter } from '../edit/main-cf-set.ts';
import type { DoctorFacts } from './facts.ts';
import { advice, type Remedy } from './finding.ts';

/** Sets one parameter of main.cf, and has Postfix read it. */
export function setMainCf(facts: DoctorFacts, key: string, value: string): readonly Remedy[] {
  const typed = ['postconf', '-e', `${key} = ${value}`];
  return [
    editFile(facts, facts.postfix.path, (text) => setParameter(text, key, value), [typed]),
    reloadPostfix(facts),
  ];
}

/** Takes a parameter out of main.cf, so that Postfix's own default holds. */
export function unsetMainCf(facts: DoctorFacts, key: string): readonly Remedy[] {
  return [unsetAll(facts, [key]), reloadPostfix(facts)];
}

/** The same for those that Postfix does not know. */
export function unsetAll(facts: DoctorFacts, keys: readonly string[]): Remedy {
  return editFile(
    facts,
    facts.postfix.path,
    (text) => keys.reduce(unsetParameter, text),
    keys.map((key) => ['postconf', '-X', key]),
  );
}

/** Sets a key of milter-manager.ini: `milter.opendkim`, `after`. */
export function setIni(facts: DoctorFacts, section: string, key: string, value: string): Remedy {
  return mergeIni(facts, { text: `[${section}]\n${key} = ${value}\n` });
}

/** Makes a comment of a key of milter-manager.ini, so that the manager's own default holds. */
export function unsetIni(facts: DoctorFacts, section: string, key: string): Remedy {
  return mergeIni(facts, { text: '', commentOut: [`${section}.${key}`] });
}

function mergeIni(facts: DoctorFacts, settings: Settings): Remedy {
  return editFile(facts, facts.manager.path, (text) => editorFor('ini').merge(text, settings).text);
}

/**
 * One file, by a pure function from text to text; where it cannot be edited safely, advice.
 * @param typed commands that do the same
 */
export function editFile(
  facts: DoctorFacts,
  path: string,
  edit: (text: string) => string,
  typed: readonly (readonly string[])[] = [],
): Remedy {
  const before = facts.text(path);
  try {
    const change: Change = {
      kind: 'write-file',
      phase: 'files',
      title: `edit ${path}`,
      why: 'Doctor found it wrong.',
      path,
      before,
      after: edit(before ?? ''),
    };
    return { change, typed };
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return advice(`Mend ${path} first: ${error.message}`);
  }
}

export function reloadPostfix(facts: DoctorFacts): Remedy {
  return service(facts, 'postfix', 'reload');
}

export function reloadManager(facts: DoctorFacts): Remedy {
  return service(facts, facts.platform.managerService, 'reload');
}

export function restart(facts: DoctorFacts, name: string): Remedy {
  return service(facts, name, 'restart');
}

export function start(facts: DoctorFacts, name: string): Remedy {
  return service(facts, name, 'start');
}

/** On FreeBSD by its own verb, which sets the variable of rc.conf. */
export function enable(facts: DoctorFacts, name: string): Remedy {
  const { services } = facts.platform;
  const command = services.enable(name);
  return byCommand(
    { kind: 'service', service: name, action: 'enable', title: `enable ${name}` },
    command ?? { argv: ['service', name, 'enable'] },
    command === undefined ? { argv: ['service', name, 'disable'] } : services.disable(name),
  );
}

function service(
  { platform: { services } }: DoctorFacts,
  name: string,
  action: Exclude<ServiceAction, 'enable' | 'disable'>,
): Remedy {
  return byCommand(
    { kind: 'service', service: name, action, title: `${action} ${name}` },
    services[action](name),
    action === 'start' ? services.stop(name) : undefined,
  );
}

export function joinGroup({ platform }: DoctorFacts, user: string, group: string): Remedy {
  return byCommand(
    { kind: 'join-group', user, group, title: `add ${user} to the group ${group}` },
    platform.joinGroup(user, group),
    platform.leaveGroup(user, group),
  );
}

/** Anything else that a command does. */
export function carriedOut(argv: readonly string[], undo?: readonly string[]): Remedy {
  return byCommand({ kind: 'run', title: argv.join(' ') }, { argv }, undo && { argv: undo });
}

type About =
  | { readonly kind: 'run' }
  | Pick<ChangeService, 'kind' | 'service' | 'action'>
  | { readonly kind: 'join-group'; readonly user: string; readonly group: string };

function byCommand(
  about: About & { readonly title: string },
  command: Command,
  undo: Command | undefined,
): Remedy {
  const change: Change = {
    ...about,
    phase: 'services',
    why: 'Doctor found it wrong.',
    commands: [command],
    undo: undo ? [undo] : [],
  };
  return { change, typed: [command.argv] };
}
