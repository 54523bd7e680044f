/** amavisd-milter: hands each mail to amavisd-new, which scores it with SpamAssassin and looks into attachments. */
import { builtIn, option, variable } from '../detect/socket-rules.ts';
import { type KnownMilter } from './known-milter.ts';
import type { SetUpMilter, MilterSetup } from './milter.ts';

export const amavisd: KnownMilter = {
  name: 'amavisd-milter',
  services: { usual: ['amavisd-milter'] },
  sockets: {
    freebsd: [option('-s'), variable('amavisd_milter_socket')],
    centos6: [option('-s'), variable('SOCKET')],
    redhat: [option('-s'), variable('MILTER_SOCKET'), variable('SOCKET')],
    debian: [
      option('-s'),
      variable('MILTERSOCKET'),
      builtIn('unix:/var/lib/amavis/amavisd-milter.sock'),
    ],
  },
  conditions: [],
  usually: { socket: /\bamavisd-milter\b/ },
  marks: 'other headers',
  refuses: { gtube: 'The GTUBE test text, which SpamAssassin scores with 1000.' },
  bindsAnyPort: true,
};

const ONE_FILE = {
  unavailable:
    'on this system amavisd has one configuration file, a Perl program, which milter-setup does not edit',
};

export const amavisdSetup: SetUpMilter = {
  short: 'amavisd',
  title: 'amavisd-milter',
  summary: 'spam scoring and forbidden attachments by amavisd-new, instead of spamass-milter',
  conflicts: [{ milter: 'spamass-milter', why: 'both have SpamAssassin score every mail' }],
  setup: {
    debian: onDebian,
    freebsd: ONE_FILE,
    centos6: ONE_FILE,
    redhat: ONE_FILE,
  },
};

function onDebian(): MilterSetup {
  return {
    packages: [
      { name: 'spamassassin', marker: '/usr/bin/spamassassin', shared: true },
      // The program was renamed between versions.
      { name: 'amavisd-new', marker: '/usr/share/amavis/conf.d/20-package' },
      { name: 'amavisd-milter', marker: '/usr/sbin/amavisd-milter' },
    ],
    files: [
      {
        path: '/etc/amavis/conf.d/45-milter-setup',
        format: 'whole',
        template: 'debian/etc/amavis/conf.d/45-milter-setup',
        why: "Debian's amavisd looks for no spam before it is told to; reject, as a milter can.",
        mode: 0o644,
        service: 'amavis',
      },
      {
        path: '/etc/default/amavisd-milter',
        format: 'shell',
        template: 'debian/etc/default/amavisd-milter',
        why: 'The group amavis may use the socket: the manager is in it.',
        comesWith: 'amavisd-milter',
        check: { argv: ['sh', '-n', '/etc/default/amavisd-milter'] },
      },
    ],
    directories: [],
    groups: ['amavis'],
    preparations: [],
    services: [
      { name: 'amavis', why: 'amavisd-new, which amavisd-milter asks.' },
      { name: 'amavisd-milter', why: 'The milter of amavisd-new.' },
    ],
    connectionSpec: 'unix:/var/lib/amavis/amavisd-milter.sock',
    expect: 'pass',
    patience: 90,
  };
}
