/** All checks, causes before what follows from them: that is the order in which a host is repaired. */
import { asked, notation } from './asked.ts';
import { askedTwice } from './asked-twice.ts';
import { chroot } from './chroot.ts';
import { diskSpace } from './disk-space.ts';
import { doubleSigning } from './double-signing.ts';
import { drift } from './drift.ts';
import type { Check } from './finding.ts';
import { greylistDefault } from './greylist-default.ts';
import { groups } from './groups.ts';
import { initRuns } from './init-runs.ts';
import { localMail } from './local-mail.ts';
import { managerRuns, managerValid } from './manager-runs.ts';
import { order } from './order.ts';
import { overrides } from './overrides.ts';
import { packageState } from './packages.ts';
import { portClash } from './port-clash.ts';
import { postfixReaches } from './postfix-reaches.ts';
import { postfixValid } from './postfix-valid.ts';
import { managerList } from './manager-list.ts';
import { oldPrograms } from './old-programs.ts';
import { queue } from './queue.ts';
import { macros, protocol } from './protocol.ts';
import { selinux } from './selinux.ts';
import { services } from './services.ts';
import { signatures } from './signatures.ts';
import { sockets } from './sockets.ts';
import { timeouts } from './timeouts.ts';
import { wanted } from './wanted.ts';
import { unfinishedRun } from './unfinished-run.ts';
import { unlisted } from './unlisted.ts';
import { unparsed } from './unparsed.ts';
import { upgrades } from './upgrades.ts';

export const CHECKS: readonly Check[] = [
  ...[unfinishedRun, wanted, initRuns, diskSpace, packageState],
  ...[postfixValid, notation, protocol, macros],
  ...[managerRuns, managerValid, asked, chroot],
  ...[selinux, portClash, signatures, services, oldPrograms],
  ...[groups, sockets, managerList, postfixReaches, queue],
  ...[unlisted, askedTwice, order, doubleSigning, overrides, localMail],
  ...[timeouts, greylistDefault],
  ...[upgrades, drift, unparsed],
];

/**
 * Those whose errors would break a run half-way. A run that did not end is refused by the run itself, when it has the
 * lock: before that it may be one that is at work.
 */
export const BEFORE_APPLY: readonly Check[] = CHECKS.filter(({ beforeApply }) => beforeApply);
