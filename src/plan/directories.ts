/** Directories that must be there, with their owner and mode. */
import { groupNamed, userNamed } from '../host/accounts.ts';
import type { HostReader } from '../host/host.ts';
import type { DirectorySetup } from '../milters/milter.ts';
import type { MakeDirectory } from './change.ts';

/** The changes for those that are missing or different. */
export function planDirectories(
  host: HostReader,
  wanted: readonly DirectorySetup[],
): readonly MakeDirectory[] {
  return wanted
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

function isThere(host: HostReader, { path, mode, owner }: DirectorySetup): boolean {
  const stat = host.stat(path);
  return (
    stat?.type === 'directory' &&
    stat.mode === mode &&
    stat.uid === (userNamed(host, owner.user)?.uid ?? -1) &&
    stat.gid === (groupNamed(host, owner.group)?.gid ?? -1)
  );
}
