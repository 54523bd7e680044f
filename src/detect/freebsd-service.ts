/**
 * FreeBSD: rc.d scripts with rc.conf. A script is read in the order in which sh would, `load_rc_config` where it
 * stands, so that defaults before and after it mean what they mean to rc(8). Without a script nothing is installed.
 */
import type { HostReader } from '../host/host.ts';
import { programOf, type Service, splitWords } from './service.ts';
import { ShellVariables, type Sourced } from './sh-variables.ts';

const SCRIPT_DIRECTORIES = ['/usr/local/etc/rc.d', '/etc/rc.d'];
/** checkyesno of rc.subr: any case; every other value is off. */
const YES = /^(?:yes|true|on|1)$/i;

/** The service of an rc.d script, and one more per profile that `NAME_profiles` lists. */
export function freebsdServices(
  host: HostReader,
  script: string,
  warn: (warning: string) => void,
): Service[] {
  const directory = SCRIPT_DIRECTORIES.find((each) => host.stat(`${each}/${script}`));
  if (directory === undefined) return [];
  const path = `${directory}/${script}`;
  const shell = new ShellVariables(host, { commands: COMMANDS, substitute, warn });
  shell.source(path);
  const name = shell.get('name') ?? script;
  // A script that never loads it still starts or not by rc.conf, because /etc/rc asks for its rcvar.
  if (!shell.values.has(LOADED)) loadConfiguration([name], shell);
  const profiles = (shell.get(`${name}_profiles`) ?? '').split(/\s+/).filter((each) => each !== '');
  if (profiles.length === 0) return [describe(host, script, undefined, name, path, shell.values)];
  return profiles.map((profile) =>
    describe(host, script, profile, name, path, overlay(name, profile, shell.values)),
  );
}

function describe(
  host: HostReader,
  script: string,
  instance: string | undefined,
  name: string,
  path: string,
  variables: ReadonlyMap<string, Sourced>,
): Service {
  const rcvar = variables.get('rcvar')?.value || `${name}_enable`;
  const enable = variables.get(rcvar);
  const flags = variables.get(`${name}_flags`) ?? variables.get('command_flags');
  const line = [flags?.value, variables.get('command_args')?.value].join(' ');
  return {
    name: script,
    instance,
    description: undefined,
    enabled: YES.test(enable?.value ?? ''),
    enabledBy: enable?.source ?? path,
    flag: rcvar,
    variables,
    program: programOf(host, name, variables),
    words: splitWords(line),
    wordsFrom: flags?.source ?? variables.get('command_args')?.source ?? path,
  };
}

/** `milteropendkim_outer_socket` stands for `milteropendkim_socket` in the profile `outer`. */
function overlay(
  name: string,
  profile: string,
  values: ReadonlyMap<string, Sourced>,
): Map<string, Sourced> {
  const variables = new Map(values);
  const prefix = `${name}_${profile}_`;
  for (const [key, value] of values) {
    if (key.startsWith(prefix)) variables.set(`${name}_${key.slice(prefix.length)}`, value);
  }
  return variables;
}

const LOADED = '_rc_config_loaded';

const COMMANDS = {
  load_rc_config: loadConfiguration,
  checkyesno: (words: readonly string[], shell: ShellVariables): boolean =>
    YES.test(shell.get(words[0] ?? '') ?? ''),
};

/** The order of rc.subr: defaults, rc.conf, rc.conf.local, then the files of the service, base before ports. */
function loadConfiguration(words: readonly string[], shell: ShellVariables): boolean {
  shell.values.set(LOADED, { value: 'YES', source: '' });
  shell.source('/etc/defaults/rc.conf');
  const files = shell.get('rc_conf_files') ?? '/etc/rc.conf /etc/rc.conf.local';
  for (const file of files.split(/\s+/)) shell.source(file);
  const name = words[0] ?? '';
  if (name === '') return true;
  for (const directory of ['/etc/rc.conf.d', '/usr/local/etc/rc.conf.d']) {
    shell.sourceDirectory(`${directory}/${name}`);
  }
  return true;
}

/** Scripts before FreeBSD 9 wrote rcvar=`set_rcvar`. */
function substitute(command: string, shell: ShellVariables): string | undefined {
  return command === 'set_rcvar' ? `${shell.get('name') ?? ''}_enable` : undefined;
}
