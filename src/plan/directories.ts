/** Directories that must be there, with their owner and mode. */
import { dirname } from 'node:path';
import { groupNamed, userNamed } from '../host/accounts.ts';
import type { HostReader } from '../host/host.ts';
import type { DirectorySetup } from '../milters/milter.ts';
import type { MakeDirectory } from '../change/change.ts';

/**
 * The changes for those that are missing or different.
 *
 * @param files to be written into a tree, which may lack the directories that a host has: those come first
 */
export function planDirectories(
  host: HostReader,
  wanted: readonly DirectorySetup[],
  files: readonly string[],
): readonly MakeDirectory[] {
  const own = wanted.map(({ path }) => path);
  const parents = files.length > 0 ? missingParents(host, [...files, ...own]) : [];
  return [...parents.filter(({ path }) => !own.includes(path)), ...wanted]
    .filter((directory) => !isThere(host, directory))
    .map(({ path, mode, owner, why }) => ({
      kind: 'make-directory',
      phase: 'directories',
      title: `make the directory ${path}`,
      why,
      path,
      mode,
      owner,
    }));
}

function missingParents(host: HostReader, paths: readonly string[]): readonly DirectorySetup[] {
  const parents = paths.flatMap((path) => {
    const above: string[] = [];
    for (let at = dirname(path); at !== '/'; at = dirname(at)) above.unshift(at);
    return above;
  });
  return (
    [...new Set(parents)]
      // A host has /run; /var/run may be a link to it, and what is below is made at each boot.
      .filter((path) => !/^(?:\/var)?\/run(?:\/|$)/.test(path) && host.stat(path) === undefined)
      .map((path) => ({
        path,
        mode: 0o755,
        owner: { user: 'root', group: groupNamed(host, 'wheel')?.gid === 0 ? 'wheel' : 'root' },
        why: 'The tree does not have it; a host does.',
      }))
  );
}

function isThere(host: HostReader, { path, mode, owner }: DirectorySetup): boolean {
  const stat = host.stat(path);
  return (
    stat?.type === 'directory' &&
    stat.mode === mode &&
    stat.uid === (userNamed(host, owner.user)?.uid ?? -1) &&
    stat.gid === (groupNamed(host, owner.group)?.gid ?? -1)
  );
}
