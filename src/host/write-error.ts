/** Why a file could not be changed, and what to do. */
import { errorCode } from './reader.ts';
import { SetupError } from './setup-error.ts';

const CAUSES: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  EACCES: ['permission denied', 'Run as root.'],
  EPERM: ['not permitted', 'Run as root; look for an immutable flag with: lsattr, or ls -lo'],
  EROFS: ['the file system is read-only', 'Mount it for writing, or choose another host.'],
  ENOSPC: ['no space is left on the file system', 'Make room and run again.'],
  EDQUOT: ['the quota is used up', 'Make room and run again.'],
  ENOENT: ['its directory does not exist', 'Install the package that brings it, or make it.'],
  ENOTDIR: ['a part of the path is not a directory', 'Look at the path with: namei -l'],
  EEXIST: ['something of that name is there already', 'Look at it with: ls -ld'],
  ENOTEMPTY: ['the directory is not empty', 'Look at it with: ls -la'],
  ELOOP: ['a symbolic link stands in its place', 'Look at it with: ls -l'],
  EMLINK: ['a symbolic link stands in its place', 'Look at it with: ls -l'],
  EBUSY: ['it is a mount point, or in use', 'Unmount it and run again.'],
};

/** Does it, and says in words why it could not be done. @throws SetupError `unwritable` */
export function explainFailure<T>(path: string, change: () => T): T {
  try {
    return change();
  } catch (error) {
    if (error instanceof SetupError) throw error;
    const [what, hint] = CAUSES[errorCode(error) ?? ''] ?? [
      error instanceof Error ? error.message : String(error),
      undefined,
    ];
    throw new SetupError({
      code: 'unwritable',
      message: `${path} cannot be changed: ${what}`,
      ...(hint !== undefined && { hint }),
      cause: error,
    });
  }
}
