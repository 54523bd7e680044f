/** Whether the init system runs: in a container or a chroot its commands are there, and start nothing. */
import { advice, type Check, NOTHING_RUNS } from './finding.ts';

/** sd_booted(3): there only where systemd is the init system. */
const BOOTED = '/run/systemd/system';

export const initRuns: Check = {
  id: 'init-runs',
  title: 'the init system runs',
  beforeApply: true,
  applies: ({ knowsRunning, platform }) =>
    !knowsRunning
      ? NOTHING_RUNS
      : platform.init === 'systemd' ||
        'only systemd can be installed without being the init system',
  look: (host) =>
    host.stat(BOOTED)?.type === 'directory'
      ? []
      : [
          {
            grade: 'error',
            title: 'systemd is not the init system here: no service can be started',
            evidence: [`there is no ${BOOTED}`],
            fix: [
              advice(
                'Run this on the booted host, or in a container that has systemd as PID 1. A tree of files is ' +
                  'prepared with --root DIR.',
              ),
            ],
          },
        ],
};
