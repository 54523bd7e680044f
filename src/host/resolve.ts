/** Follows symbolic links by hand, as a kernel whose root directory is the host's root would. */
import { SetupError } from './setup-error.ts';

/** Linux's own limit (path_resolution(7)). */
export const MOST_LINKS = 40;

/**
 * The path with every symlink on the way followed, and the last component's too where `followLast`. `..` at the root
 * stays at the root, absolute targets start there again. What does not exist is kept as it is written.
 *
 * @param readLink gives the target of the link at a host path, undefined where there is no link
 * @throws SetupError `symlink-loop`
 */
export function resolvePath(
  readLink: (path: string) => string | undefined,
  path: string,
  followLast: boolean,
): string {
  const todo = components(path);
  const resolved: string[] = [];
  let links = 0;
  for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
    if (name === '..') {
      resolved.pop();
      continue;
    }
    const here = `/${[...resolved, name].join('/')}`;
    const target = todo.length > 0 || followLast ? readLink(here) : undefined;
    if (target === undefined) {
      resolved.push(name);
      continue;
    }
    if (++links > MOST_LINKS) throw symlinkLoop(path);
    if (target.startsWith('/')) resolved.length = 0;
    todo.unshift(...components(target));
  }
  return `/${resolved.join('/')}`;
}

function components(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

export function symlinkLoop(path: string): SetupError {
  return new SetupError({
    code: 'symlink-loop',
    message: `${path}: its symbolic links lead in a circle`,
    hint: `Look at them with: namei -l ${path}`,
  });
}
