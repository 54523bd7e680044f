/** clamav-milter: rejects mail in which ClamAV finds a virus. */
import { config, type SocketRule } from '../detect/socket-rules.ts';
import { type KnownMilter } from './known-milter.ts';
import type { HostReader } from '../host/host.ts';
import type { Requirement } from '../change/change.ts';
import type { Release } from '../platforms/platforms.ts';
import { clamd, clamdService, download, freshclam, freshclamService, signatures } from './clamd.ts';
import {
  epel,
  majorVersion,
  type SetUpMilter,
  type MilterSetup,
  type ServiceSetup,
} from './milter.ts';

const WHY = 'Reject infected mail, say so in the mail log, and mark scanned mail.';

const conf = (...paths: readonly string[]): SocketRule =>
  config('clamav', 'MilterSocket', ['-c', '--config-file'], paths, ['conf_file', 'CLAMAVCONF']);

export const clamav: KnownMilter = {
  name: 'clamav-milter',
  services: {
    usual: ['clamav-milter'],
    // The port's scripts were renamed; the rc variables were not.
    freebsd: ['clamav_milter', 'clamav-milter'],
  },
  sockets: {
    // clamav_milter_socket in rc.conf is what the script waits for; it does not move the socket.
    freebsd: [conf('/usr/local/etc/clamav-milter.conf')],
    centos6: [conf('/etc/clamav-milter.conf')],
    redhat: [conf('/etc/mail/clamav-milter.conf', '/etc/clamav-milter.conf')],
    debian: [conf('/etc/clamav/clamav-milter.conf')],
  },
  conditions: [],
  usually: { ports: [7357], socket: /\b(?:clamav-milter|clmilter)\b/ },
  refuses: { eicar: 'The EICAR test file, which every scanner finds.' },
  passesCleanMail: true,
  bindsAnyPort: true,
  selinuxWords: ['clam', 'antivirus'],
};

export const clamavSetup: SetUpMilter = {
  short: 'clamav',
  title: 'clamav-milter',
  summary: 'virus scanning: infected mail is rejected',
  byDefault: true,
  scanner: clamd,
  setup: {
    debian: onDebian,
    freebsd: onFreebsd,
    centos6: onCentos6,
    redhat: onRedhat,
  },
};

const milterService = (name: string, requires: Requirement): ServiceSetup => ({
  name,
  why: 'The virus milter.',
  requires,
});

const SETUP = { directories: [], expect: 'pass', patience: 180 } as const;

function onDebian(): MilterSetup {
  const path = '/etc/clamav/clamav-milter.conf';
  const directory = '/var/lib/clamav';
  // apt starts clamav-milter at install; without clamd behind it, it would defer all mail.
  const requires = signatures(directory, 'main', {
    commands: [
      { argv: ['systemctl', 'disable', 'clamav-milter'] },
      { argv: ['systemctl', 'stop', 'clamav-milter'] },
    ],
    undo: [
      { argv: ['systemctl', 'enable', 'clamav-milter'] },
      { argv: ['systemctl', 'start', 'clamav-milter'] },
    ],
  });
  return {
    ...SETUP,
    packages: [
      { name: 'clamav-daemon', marker: '/usr/sbin/clamd' },
      { name: 'clamav-freshclam', marker: '/usr/bin/freshclam' },
      { name: 'clamav-milter', marker: '/usr/sbin/clamav-milter' },
    ],
    files: [
      {
        path,
        format: 'clamav',
        template: `debian${path}`,
        why: WHY,
        comesWith: 'clamav-milter',
      },
    ],
    groups: ['clamav'],
    preparations: [
      download(directory, 'main', [
        // The daemon that apt started holds the lock of freshclam's log.
        { argv: ['systemctl', 'stop', 'clamav-freshclam'] },
        freshclam('freshclam'),
        { argv: ['systemctl', 'start', 'clamav-freshclam'] },
      ]),
    ],
    services: [
      freshclamService('clamav-freshclam'),
      clamdService('clamav-daemon', requires),
      milterService('clamav-milter', requires),
    ],
    requires,
    connectionSpec: 'unix:/var/run/clamav/clamav-milter.ctl',
  };
}

function onFreebsd(release: Release, host: HostReader): MilterSetup {
  const path = '/usr/local/etc/clamav-milter.conf';
  const directory = '/var/db/clamav';
  const requires = signatures(directory, 'main');
  // In the document's time the milter was a package of its own.
  const old = majorVersion(release) < 11;
  const own = old ? 'clamav-milter' : 'clamav';
  const script = (name: string) => rcScript(host, name, majorVersion(release) < 13);
  return {
    ...SETUP,
    packages: [
      { name: own, marker: `/usr/local/etc/rc.d/${script('clamav-milter')}`, shared: !old },
    ],
    files: [
      {
        path: '/etc/rc.conf',
        format: 'shell',
        template: 'freebsd/etc/rc.conf/clamav-milter',
        why: 'Start clamd, freshclam and clamav-milter at boot; the group mail reaches the socket.',
      },
      {
        path,
        format: 'clamav',
        template: `freebsd${path}`,
        why: WHY,
        comesWith: own,
        startFrom: `${path}.${old ? 'default' : 'sample'}`,
      },
    ],
    groups: ['mail'],
    runDirectories: [
      {
        path: '/var/run/clamav',
        user: 'clamav',
        neededBy: ['clamd', 'clamav_clamd', 'freshclam', 'clamav_freshclam'],
      },
    ],
    preparations: [download(directory, 'main', [freshclam('/usr/local/bin/freshclam')])],
    services: [
      clamdService(script('clamav-clamd'), requires),
      freshclamService(script('clamav-freshclam')),
      milterService(script('clamav-milter'), requires),
    ],
    requires,
    connectionSpec: 'unix:/var/run/clamav/clmilter.sock',
  };
}

/** The port's scripts had hyphens once and have underscores now: whichever is there, else as the release had them. */
function rcScript(host: HostReader, hyphened: string, old: boolean): string {
  const names = [hyphened, hyphened.replace('-', '_')];
  const found = names.find((name) => host.stat(`/usr/local/etc/rc.d/${name}`) !== undefined);
  return found ?? names[old ? 0 : 1]!;
}

function onCentos6(release: Release): MilterSetup {
  const path = '/etc/clamav-milter.conf';
  const requires = signatures('/var/lib/clamav', 'any');
  return {
    ...SETUP,
    packages: [
      ...epel(release),
      { name: 'clamav', marker: '/usr/bin/freshclam' },
      { name: 'clamd', marker: '/usr/sbin/clamd' },
      { name: 'clamav-milter', marker: '/usr/sbin/clamav-milter' },
    ],
    files: [
      { path, format: 'clamav', template: `centos6${path}`, why: WHY, comesWith: 'clamav-milter' },
    ],
    groups: ['clam'],
    preparations: [download('/var/lib/clamav', undefined, [freshclam('freshclam')])],
    services: [clamdService('clamd', requires), milterService('clamav-milter', requires)],
    requires,
    connectionSpec: 'unix:/var/run/clamav/clamav-milter.sock',
  };
}

function onRedhat(release: Release): MilterSetup {
  const requires = signatures('/var/lib/clamav', 'any');
  const file = (path: string, why: string, comesWith: string, service: string) => ({
    path,
    format: 'clamav' as const,
    template: `redhat${path}`,
    why,
    comesWith,
    service,
    commentOut: ['Example'],
  });
  return {
    ...SETUP,
    packages: [
      ...epel(release),
      { name: 'clamd', marker: '/usr/sbin/clamd' },
      { name: 'clamav-freshclam', marker: '/usr/bin/freshclam' },
      { name: 'clamav-milter', marker: '/usr/sbin/clamav-milter' },
    ],
    files: [
      file(
        '/etc/clamd.d/scan.conf',
        'clamd does not start before its socket is set.',
        'clamd',
        'clamd@scan',
      ),
      file('/etc/mail/clamav-milter.conf', WHY, 'clamav-milter', 'clamav-milter'),
    ],
    groups: ['clamilt'],
    preparations: [download('/var/lib/clamav', 'any', [freshclam('freshclam')])],
    services: [
      freshclamService('clamav-freshclam'),
      clamdService('clamd@scan', requires),
      milterService('clamav-milter', requires),
    ],
    requires,
    connectionSpec: 'unix:/run/clamav-milter/clamav-milter.socket',
  };
}
