/** A service as its init system describes it: whether it is started, and with which variables and words. */
import type { HostReader } from '../host/host.ts';
import type { Sourced } from './sh-variables.ts';

export interface Service {
  /** By its platform name: rc.d script, init script, unit without `.service`. */
  readonly name: string;
  /** Of a template unit or an rc.d profile; undefined for the service itself. */
  readonly instance: string | undefined;
  readonly description: string | undefined;
  readonly enabled: boolean;
  /** The file, or file and line, that says so. */
  readonly enabledBy: string;
  /** The variable that says so, where there is one. */
  readonly flag?: string;
  /** What the service starts with: rc variables by their full names, /etc/default, sysconfig, a unit's environment. */
  readonly variables: ReadonlyMap<string, Sourced>;
  /** Those of them that its program gets to see; all where not given. */
  readonly handed?: ReadonlySet<string>;
  /** Its path, as far as files tell. */
  readonly program: string | undefined;
  /** The words after the program's name, as far as files tell. */
  readonly words: readonly string[];
  /** Where the words stand. */
  readonly wordsFrom: string;
}

/** Where scripts of rc.d and SysV init name the program: Debian's, FreeBSD's (`procname` where daemon(8) starts it). */
const PROGRAM = ['DAEMON', 'procname', 'command', 'exec', 'prog'];
const PROGRAM_DIRECTORIES = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin'];

/** The program that a script starts; one of its own name where it does not say. */
export function programOf(
  host: HostReader,
  name: string,
  variables: ReadonlyMap<string, Sourced>,
): string | undefined {
  const named = PROGRAM.map((key) => variables.get(key)?.value ?? '');
  const usual = PROGRAM_DIRECTORIES.map((directory) => `${directory}/${name}`);
  return [...named.filter((path) => path.startsWith('/')), ...usual].find(
    (path) => host.stat(path)?.type === 'file',
  );
}

/** The words of a command line in variables: quotes group, blanks part. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/(?:"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)|([^\s"'\\]+))(\s*)/g)) {
    const text = match[1]?.replace(/\\(["\\$`])/g, '$1') ?? match[2] ?? match[3] ?? match[4] ?? '';
    const joined = match.index > 0 && !/\s/.test(line[match.index - 1]!);
    words.push(joined ? (words.pop() ?? '') + text : text);
  }
  return words;
}
