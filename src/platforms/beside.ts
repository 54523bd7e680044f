/**
 * Our manager's names where the C program of the same name is installed: no file, unit, directory or socket of ours is
 * one that its package brings, updates or removes. The user is the same: children know it.
 */
import { dirname } from 'node:path';
import type { Platform } from './platform.ts';

export function besidePredecessor(platform: Platform): Platform {
  const { managerProgram, testServerProgram, managerDirectory, managerSocket } = platform;
  const { historyDirectory } = platform;
  return {
    ...platform,
    managerService: 'milter-setup-manager',
    managerProgram: `${dirname(managerProgram)}/milter-setup-manager`,
    testServerProgram: `${dirname(testServerProgram)}/milter-setup-test-server`,
    managerDirectory: `${dirname(managerDirectory)}/milter-setup`,
    historyDirectory: `${dirname(historyDirectory)}/milter-setup-manager`,
    managerSocket: `${dirname(dirname(managerSocket))}/milter-setup/milter-manager.sock`,
  };
}
