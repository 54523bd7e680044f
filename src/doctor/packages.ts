/** The package manager's own state: with a package half installed it refuses or breaks the next step. */
import { type Host, readText } from '../host/host.ts';
import { advice, type Check, type Problem } from './finding.ts';
import { carriedOut } from './repairs.ts';

const DPKG = '/var/lib/dpkg';
/** apt installs the rest of these by itself. */
const CONFIGURABLE = ['half-configured', 'unpacked', 'triggers-awaited', 'triggers-pending'];

export const packageState: Check = {
  id: 'package-state',
  title: 'the package manager is in order',
  beforeApply: true,
  applies: ({ platform, asRoot }) => {
    const { packageManager, packageDatabase } = platform;
    if (packageDatabase === undefined) return `${packageManager} leaves no package half installed`;
    return packageDatabase === 'dpkg' || asRoot || 'asking rpm needs root on a host that runs';
  },
  look: (host, { platform, asRoot }) =>
    platform.packageDatabase === 'dpkg' ? dpkgAtRest(host, asRoot) : rpm(host),
};

/** Seconds that another package manager is given to end, as when we install. */
const PATIENCE = 120;

/** While a package manager is at work its state looks as if it had been interrupted: who holds the lock has not ended. */
async function dpkgAtRest(host: Host, asRoot: boolean): Promise<readonly Problem[]> {
  const found = dpkg(host);
  if (found.length === 0 || !host.runs || !asRoot) return found;
  const argv = ['apt-get', '-o', `DPkg::Lock::Timeout=${PATIENCE}`, 'check'];
  const { stderr } = await host.run(argv, {
    timeout: (PATIENCE + 60) * 1000,
    environment: { LC_ALL: 'C' },
  });
  const held = /^E: Could not get lock .*$/m.exec(stderr);
  if (held === null) return dpkg(host);
  return [
    {
      grade: 'error',
      title: `another package manager is at work, and has not ended within ${PATIENCE} seconds`,
      evidence: [held[0]],
      fix: [advice('Wait until it has ended, then run again.')],
    },
  ];
}

function dpkg(host: Host): readonly Problem[] {
  const interrupted = host.list(`${DPKG}/updates`).filter((name) => /^\d+$/.test(name));
  const states = packagesIn(readText(host, `${DPKG}/status`) ?? '');
  const broken = states.filter(({ state, reinstall }) => state === 'half-installed' || reinstall);
  const open = states.filter((each) => CONFIGURABLE.includes(each.state) && !broken.includes(each));
  const seen = (list: typeof states) =>
    list.map(({ name, state }) => `${DPKG}/status: ${name} is ${state}`);
  return [
    ...problem(
      interrupted.length > 0,
      'error',
      'dpkg was interrupted: apt refuses to install anything',
      [`${DPKG}/updates holds ${interrupted.join(', ')}`],
      [carriedOut(['dpkg', '--configure', '-a'])],
    ),
    ...problem(
      broken.length > 0,
      'error',
      'packages are half installed: apt refuses to go on',
      seen(broken),
      [
        carriedOut(['dpkg', '--configure', '-a']),
        carriedOut(['apt-get', 'install', '--reinstall', ...broken.map(({ name }) => name)]),
      ],
    ),
    ...problem(open.length > 0, 'warning', 'packages are not configured yet', seen(open), [
      carriedOut(['dpkg', '--configure', '-a']),
    ]),
  ];
}

function problem(
  there: boolean,
  grade: Problem['grade'],
  title: string,
  evidence: readonly string[],
  fix: Problem['fix'],
): readonly Problem[] {
  return there ? [{ grade, title, evidence, fix }] : [];
}

/** `Status: install ok half-configured`: what is wanted, whether it must be installed again, and the state (dpkg(1)). */
function packagesIn(
  status: string,
): readonly { readonly name: string; readonly state: string; readonly reinstall: boolean }[] {
  return [...status.matchAll(/^Package: (\S+)\nStatus: (\S+) (\S+) (\S+)$/gm)].map(
    ([, name = '', , flag, state = '']) => ({ name, state, reinstall: flag === 'reinstreq' }),
  );
}

/** A database that cannot be opened fails at the first question. */
async function rpm(host: Host): Promise<readonly Problem[]> {
  const argv = ['rpm', '-q', 'rpm'];
  const { exitCode, stderr } = await host.run(argv, { timeout: 60_000 });
  if (exitCode === 127 || !/error:|rpmdb/i.test(stderr)) return [];
  return [
    {
      grade: 'error',
      title: "rpm's database is broken: nothing can be installed",
      evidence: [`${argv.join(' ')}: ${stderr.trim()}`],
      fix: [carriedOut(['rpm', '--rebuilddb'])],
    },
  ];
}
