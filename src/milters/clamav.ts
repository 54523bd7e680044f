/** clamav-milter: rejects mail in which ClamAV finds a virus. */
import type { HostReader } from '../host/host.ts';
import type { Requirement } from '../plan/change.ts';
import type { Release } from '../platforms/platform.ts';
import { epel, majorVersion, type Milter, type MilterSetup, type Preparation } from './milter.ts';

const WHY = 'Reject infected mail, say so in the mail log, and mark scanned mail.';
const CLAMD_WHY = 'The virus scanner behind clamav-milter.';
const FRESHCLAM_WHY = 'Keeps the virus signatures up to date.';

export const clamav: Milter = {
  name: 'clamav-milter',
  short: 'clamav',
  title: 'clamav-milter',
  summary: 'virus scanning: infected mail is rejected',
  setup(release, host) {
    switch (release.platform) {
      case 'debian':
        return onDebian();
      case 'freebsd':
        return onFreebsd(release, host);
      case 'centos6':
        return onCentos6(release);
      case 'redhat':
        return onRedhat(release);
    }
  },
};

/** Any of these is a signature database; clamd starts with one and only with one. */
function databases(directory: string): readonly string[] {
  return ['*.cvd', '*.cld', '*.inc', '*.ndb', '*.hdb', '*.hsb'].map(
    (name) => `${directory}/${name}`,
  );
}

function signatures(directory: string, instead: Requirement['instead']): Requirement {
  return {
    anyOf: databases(directory),
    otherwise: 'there are no virus signatures yet (freshclam could not download them)',
    finish: 'freshclam && milter-setup enable clamav-milter',
    ...(instead && { instead }),
  };
}

function download(directory: string, commands: Preparation['commands']): Preparation {
  return {
    title: 'download the virus signatures',
    why: 'clamd does not start without signatures.',
    commands,
    unless: databases(directory),
  };
}

const freshclam = (program: string) => ({
  argv: [program],
  timeout: 900,
  tolerated: 'freshclam could not download signatures',
});

const SETUP = { directories: [], expect: 'pass', patience: 180 } as const;

function onDebian(): MilterSetup {
  const path = '/etc/clamav/clamav-milter.conf';
  const directory = '/var/lib/clamav';
  // apt starts clamav-milter at install; without clamd behind it, it would defer all mail.
  const requires = signatures(directory, {
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
      download(directory, [
        // The daemon that apt started holds the lock of freshclam's log.
        { argv: ['systemctl', 'stop', 'clamav-freshclam'] },
        freshclam('freshclam'),
        { argv: ['systemctl', 'start', 'clamav-freshclam'] },
      ]),
    ],
    services: [
      { name: 'clamav-freshclam', why: FRESHCLAM_WHY },
      { name: 'clamav-daemon', why: CLAMD_WHY, requires },
      { name: 'clamav-milter', why: 'The virus milter.', requires },
    ],
    requires,
    connectionSpec: 'unix:/var/run/clamav/clamav-milter.ctl',
  };
}

function onFreebsd(release: Release, host: HostReader): MilterSetup {
  const path = '/usr/local/etc/clamav-milter.conf';
  const directory = '/var/db/clamav';
  const requires = signatures(directory, undefined);
  // In the document's time the milter was a package of its own.
  const old = majorVersion(release) < 13;
  const own = old ? 'clamav-milter' : 'clamav';
  const script = (name: string) => rcScript(host, name, old);
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
    preparations: [download(directory, [freshclam('/usr/local/bin/freshclam')])],
    services: [
      { name: script('clamav-clamd'), why: CLAMD_WHY, requires },
      { name: script('clamav-freshclam'), why: FRESHCLAM_WHY },
      { name: script('clamav-milter'), why: 'The virus milter.', requires },
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
  const requires = signatures('/var/lib/clamav', undefined);
  return {
    ...SETUP,
    packages: [
      ...epel(release),
      { name: 'clamd', marker: '/usr/sbin/clamd' },
      { name: 'clamav-milter', marker: '/usr/sbin/clamav-milter' },
    ],
    files: [
      { path, format: 'clamav', template: `centos6${path}`, why: WHY, comesWith: 'clamav-milter' },
    ],
    groups: ['clam'],
    preparations: [download('/var/lib/clamav', [freshclam('freshclam')])],
    services: [
      { name: 'clamd', why: CLAMD_WHY, requires },
      { name: 'clamav-milter', why: 'The virus milter.', requires },
    ],
    requires,
    connectionSpec: 'unix:/var/run/clamav/clamav-milter.sock',
  };
}

function onRedhat(release: Release): MilterSetup {
  const requires = signatures('/var/lib/clamav', undefined);
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
    preparations: [download('/var/lib/clamav', [freshclam('freshclam')])],
    services: [
      { name: 'clamav-freshclam', why: FRESHCLAM_WHY },
      { name: 'clamd@scan', why: CLAMD_WHY, requires },
      { name: 'clamav-milter', why: 'The virus milter.', requires },
    ],
    requires,
    connectionSpec: 'unix:/run/clamav-milter/clamav-milter.socket',
  };
}
