/** milter-manager(8). */
import { managerOptions } from '../commands/completion/programs.ts';
import { MILTER_KEYS, SECTIONS } from '../manager-config/keys.ts';
import { optionSections } from './options.ts';
import type { Page } from './page.ts';

export function managerPage(): Page {
  return {
    name: 'milter-manager',
    section: 8,
    summary: 'one milter for Postfix, and all milters of the host behind it',
    synopsis: ['[options]', '-c DIR --show-config', '-c DIR --check'],
    sections: [
      {
        heading: 'DESCRIPTION',
        blocks: [
          'Postfix asks one socket, that of milter-manager, and milter-manager asks the milters that are installed ' +
            "and enabled. It finds them in the system's own files (service links, rc.conf, the milters' " +
            'configurations) at its start and at each reload, so main.cf does not change when a milter is enabled ' +
            'or disabled. --show-config prints what it found, and where.',
          'Milters that need not see what another one changed are asked at the same time. Of their verdicts the ' +
            'strictest one wins: discard, reject, temporary failure, continue, accept. A milter that cannot be ' +
            'asked has the verdict of its fallback_status, and does not stop the others.',
        ],
      },
      ...optionSections(managerOptions()),
      {
        heading: 'CONFIGURATION',
        blocks: [
          'milter-manager.ini in the directory of -c has these sections. What is found by detection need not be ' +
            'written; a section [milter.NAME] changes single keys of one that is found, or adds one. milter-manager ' +
            '--show-config prints every key with its value.',
          [
            ...Object.entries(SECTIONS).map(
              ([name, keys]) => [`[${name}]`, namesOf(keys)] as const,
            ),
            ['[milter.NAME]', namesOf(MILTER_KEYS)],
          ],
        ],
      },
      {
        heading: 'SIGNALS',
        blocks: [
          [
            ['HUP', 'Read the configuration and detect again; where that fails the old one stays.'],
            ['USR1', 'Open the log file again.'],
            ['TERM, INT', 'Take no more sessions, let those that are open end, then end.'],
          ],
        ],
      },
      {
        heading: 'FILES',
        blocks: [
          [
            [
              '/etc/milter-manager/milter-manager.ini',
              'The configuration; on FreeBSD in /usr/local/etc/milter-manager.',
            ],
            [
              '/var/run/milter-manager/milter-manager.sock',
              "The usual socket; with a chroot of Postfix it is in Postfix's queue directory.",
            ],
          ],
        ],
      },
      {
        heading: 'EXIT STATUS',
        blocks: [
          [
            ['0', 'It was told to end; --show-config and --check: the configuration is good.'],
            ['1', 'The configuration is wrong, or the socket or the user cannot be had.'],
            ['2', 'Wrong usage.'],
          ],
        ],
      },
      {
        heading: 'EXAMPLES',
        blocks: [
          {
            lines: [
              'milter-manager -c /etc/milter-manager --show-config',
              'milter-manager -c /etc/milter-manager --no-daemon --verbose',
            ],
          },
        ],
      },
    ],
    seeAlso: ['milter-setup(8)', 'milter-test-server(1)', 'postconf(5)'],
  };
}

function namesOf(keys: object): string {
  return `${Object.keys(keys).join(', ')}.`;
}
