/**
 * SysV init: CentOS 6, and Debian packages without a unit. Started where an S link stands in a multi-user run level;
 * the script is read with the /etc/default or /etc/sysconfig file that it sources.
 */
import type { HostReader } from '../host/host.ts';
import { programOf, type Service, splitWords } from './service.ts';
import { ShellVariables } from './sh-variables.ts';

const SCRIPT_DIRECTORIES = ['/etc/init.d', '/etc/rc.d/init.d'];
const RUN_LEVELS = ['2', '3', '4', '5'];
/** Variables in which distributions keep the words that a script passes on. */
const WORDS = [
  'OPTIONS',
  'OPTARGS',
  'DAEMON_ARGS',
  'DAEMON_OPTS',
  'PARAMS',
  'EXTRA_FLAGS',
  'EXTRAPARAMS',
  'CLAMAV_FLAGS',
];
/** Read by scripts as "installed, but do not start". */
const OFF = /^(?:0|no|false|off)$/i;

/** The service of an init script; undefined where there is none. */
export function sysvService(
  host: HostReader,
  script: string,
  warn: (warning: string) => void,
): Service | undefined {
  const path = SCRIPT_DIRECTORIES.map((each) => `${each}/${script}`).find((each) =>
    host.stat(each),
  );
  if (path === undefined) return undefined;
  const shell = new ShellVariables(host, {
    substitute: (command) => substitute(command, script),
    warn,
  });
  shell.source(path);
  for (const settings of [`/etc/default/${script}`, `/etc/sysconfig/${script}`]) {
    if (!shell.files.includes(settings)) shell.source(settings);
  }
  const link = startLink(host, script);
  const off = shell.values.get('ENABLED');
  const switchedOff = link !== undefined && OFF.test(off?.value ?? '');
  const words = WORDS.map((name) => shell.values.get(name)).filter((each) => each !== undefined);
  return {
    name: script,
    instance: undefined,
    description: undefined,
    enabled: link !== undefined && !switchedOff,
    enabledBy: (switchedOff ? off?.source : link) ?? path,
    variables: shell.values,
    program: programOf(host, script, shell.values),
    words: words.flatMap((each) => splitWords(each.value)),
    wordsFrom: words[0]?.source ?? path,
  };
}

/** The S link that starts the script: `/etc/rc3.d/S79milter-greylist`. */
function startLink(host: HostReader, script: string): string | undefined {
  const link = new RegExp(`^S\\d\\d${script.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
  for (const level of RUN_LEVELS) {
    for (const directory of [`/etc/rc${level}.d`, `/etc/rc.d/rc${level}.d`]) {
      const name = host.list(directory).find((each) => link.test(each));
      if (name !== undefined) return `${directory}/${name}`;
    }
  }
  return undefined;
}

/** Scripts name themselves by `basename $0`. */
function substitute(command: string, script: string): string | undefined {
  return /^basename\s+"?\$\{?0\}?"?$/.test(command) ? script : undefined;
}
