/** dkimpy-milter: signs and verifies like OpenDKIM, in Python. */
import type { Milter, MilterSetup } from './milter.ts';

export const dkimpy: Milter = {
  name: 'dkimpy-milter',
  short: 'dkimpy',
  title: 'dkimpy-milter',
  summary: 'DKIM like opendkim, in Python: take one of the two',
  conflicts: [{ milter: 'opendkim', why: 'both sign and verify every mail' }],
  setup(release) {
    return release.platform === 'debian'
      ? onDebian()
      : { unavailable: 'this system has no package of it; opendkim does the same' };
  },
};

function onDebian(): MilterSetup {
  const path = '/etc/dkimpy-milter/dkimpy-milter.conf';
  const directory = '/etc/dkimkeys/{{dkimDomain}}';
  const key = `${directory}/{{dkimSelector}}`;
  return {
    packages: [
      { name: 'opendkim-tools', marker: '/usr/sbin/opendkim-genkey' },
      { name: 'dkimpy-milter', marker: '/usr/bin/dkimpy-milter' },
    ],
    files: [
      {
        path,
        format: 'key-value',
        template: `debian${path}`,
        why: 'Sign mail from our own hosts and users, verify all other mail.',
        comesWith: 'dkimpy-milter',
      },
    ],
    directories: [],
    groups: ['dkimpy-milter'],
    preparations: [
      {
        title: 'make the DKIM key {{dkimSelector}} of {{dkimDomain}}',
        why: 'Its public half goes into the DNS, as is shown at the end. The filter reads the key before it gives up its rights.',
        commands: [
          { argv: ['install', '-d', '-m', '0700', directory] },
          {
            argv: [
              ...['opendkim-genkey', '-a', '-b', '2048', '-D', directory],
              ...['-d', '{{dkimDomain}}', '-s', '{{dkimSelector}}'],
            ],
          },
        ],
        unless: [`${key}.private`],
        undo: [
          { argv: ['rm', '-f', `${key}.private`, `${key}.txt`] },
          { argv: ['rmdir', directory], tolerated: 'the directory holds other keys' },
        ],
        keptWhile: { text: `${key}.private`, in: [path, '/etc/opendkim.conf'] },
        phase: 'directories',
      },
    ],
    services: [{ name: 'dkimpy-milter', why: 'The DKIM milter.' }],
    connectionSpec: 'unix:/run/dkimpy-milter/dkimpy-milter.sock',
    signs: true,
    shows: [
      {
        title:
          'Put this record into the DNS of {{dkimDomain}}; until it is there, receivers cannot check the signatures:',
        path: `${key}.txt`,
      },
    ],
    expect: 'pass',
    patience: 30,
  };
}
