/** The names of the histories in their directory. */

/** The manager's own; a child cannot have this name, for its file has a prefix. */
export const MANAGER_HISTORY = 'manager.history';

const CHILD = /^milter\.(.+)\.history$/;

/** A name of a milter becomes a file name: what a path or a shell could take otherwise is written as its code. */
export function childHistory(name: string): string {
  return `milter.${encodeURIComponent(name)}.history`;
}

/** The child whose history has this file name; undefined of other files. */
export function childOfHistory(file: string): string | undefined {
  const [, name] = CHILD.exec(file) ?? [];
  return name === undefined ? undefined : decodeURIComponent(name);
}
