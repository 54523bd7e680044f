/** Who we run as: names to numbers, and giving root up for good. */
import { readFileSync } from 'node:fs';
import type { Configuration } from '../../manager-config/config.ts';

/** Node's types leave initgroups out. */
const withInitgroups = process as NodeJS.Process & {
  initgroups(user: string, extraGroup: number): void;
};

/** A user or group that does not exist, or a change of user that the system refuses. */
export class PrivilegeError extends Error {}

export interface Identity {
  readonly user: string | undefined;
  readonly group: string | undefined;
}

/** Who the configuration says we run as. The users of a tree (`--root`) are not this machine's. */
export function identityOf({ security }: Configuration, root: string | undefined): Identity {
  if (root !== undefined) return { user: undefined, group: undefined };
  return { user: security.effective_user, group: security.effective_group };
}

/**
 * Gives up root: supplementary groups, group, user, in this order. Does nothing for an ordinary user.
 * @throws PrivilegeError
 */
export function dropPrivileges({ user, group }: Identity): void {
  if (process.getuid?.() !== 0 || (user === undefined && group === undefined)) return;
  try {
    const account = user === undefined ? undefined : findUser(user);
    const gid = group === undefined ? account?.gid : findGroup(group);
    if (gid !== undefined) {
      if (account) withInitgroups.initgroups(account.name, gid);
      process.setgid!(gid);
    }
    if (account) process.setuid!(account.uid);
  } catch (error) {
    if (error instanceof PrivilegeError) throw error;
    throw new PrivilegeError(`cannot become ${user ?? ''}:${group ?? ''}: ${String(error)}`, {
      cause: error,
    });
  }
}

/** The number of a group, given by name or number. @throws PrivilegeError */
export function findGroup(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const entry = lookUp('/etc/group', ([name]) => name === group);
  if (entry === undefined) throw new PrivilegeError(`there is no group ${group}`);
  return Number(entry[2]);
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

function findUser(user: string): Account {
  const entry = lookUp('/etc/passwd', ([name, , uid]) => name === user || uid === user);
  if (entry === undefined) throw new PrivilegeError(`there is no user ${user}`);
  return { name: entry[0]!, uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** Node knows users by number only through its own calls; passwd and group of this machine know their names. */
function lookUp(
  path: string,
  matches: (fields: readonly string[]) => boolean,
): readonly string[] | undefined {
  return readFileSync(path, 'latin1')
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields.length > 3 && matches(fields));
}
