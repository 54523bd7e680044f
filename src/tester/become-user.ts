/** Goes on as another user: whether THAT user reaches the socket is what matters to a mail host. */

import { userInfo } from 'node:os';

/** What a POSIX system has; Node's type definitions lack initgroups. */
interface Posix {
  geteuid(): number;
  seteuid(user: string | number): void;
  initgroups(user: string, group: number): void;
  setgid(group: number): void;
  setuid(user: string): void;
}

/** The user cannot be taken on; `hint` is what to do. */
export class BecomeUserError extends Error {
  constructor(
    readonly kind: 'not-root' | 'unknown-user',
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/**
 * Sets groups, group and user of this process for good, as a login of the user would.
 * @throws BecomeUserError when not root, or for an unknown user
 */
export function becomeUser(name: string): void {
  const posix = process as unknown as Posix;
  if (posix.geteuid() !== 0) {
    throw new BecomeUserError(
      'not-root',
      `only root can connect as ${name}`,
      `Run it as root, or as that user: sudo -u ${name} milter-test-server ...`,
    );
  }
  const gid = primaryGroup(posix, name);
  posix.initgroups(name, gid);
  posix.setgid(gid);
  posix.setuid(name);
}

/** Node tells the account of the effective user only, from wherever this system keeps accounts. */
function primaryGroup(posix: Posix, name: string): number {
  try {
    posix.seteuid(name);
    return userInfo().gid;
  } catch {
    throw new BecomeUserError('unknown-user', `there is no user ${name}`, `Check it: id ${name}`);
  } finally {
    posix.seteuid(0);
  }
}
