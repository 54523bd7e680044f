/** What setting up one milter takes, as data. One file a milter beside this one. */
import type { Format, Settings } from '../edit/format.ts';
import type { HostReader } from '../host/host.ts';
import type { Command, Owner, Phase, Requirement, RunOthers } from '../change/change.ts';
import type { PlatformName, Release } from '../platforms/platforms.ts';
import type { KnownMilter } from './known-milter.ts';

/** A source of packages that the system does not have by itself. */
export interface Repository {
  readonly name: string;
  /** What it is, for somebody who has to agree to it. */
  readonly why: string;
}

/** A package, and a path that exists once it is installed. */
export interface Package {
  readonly name: string;
  readonly marker: string;
  /** It brings more than the milter: it stays when the milter is removed. */
  readonly shared?: boolean;
  /** It adds a repository, from which the others come. */
  readonly repository?: Repository;
}

/** A file in which we want settings. */
export interface SettingsFile {
  /** On the host. */
  readonly path: string;
  readonly format: Format;
  /** Below the templates directory. */
  readonly template: string;
  readonly why: string;
  /** The package that brings the file. */
  readonly comesWith?: string;
  /** Copied to `path` where there is none yet (FreeBSD's `.sample` files). */
  readonly startFrom?: string;
  readonly commentOut?: readonly string[];
  readonly options?: Settings['options'];
  readonly insists?: Settings['insists'];
  readonly mode?: number;
  readonly owner?: Owner;
  /** The program's own checker, run on the written file. */
  readonly check?: Command;
  /** The service that reads the file, restarted after a change; the milter itself where not given. */
  readonly service?: string;
}

/** A service to enable and to (re)start, in the order of the list. */
export interface ServiceSetup {
  readonly name: string;
  readonly why: string;
  readonly requires?: Requirement;
}

/** Commands that must run once before the services start. Its texts may hold `{{name}}`s, as templates do. */
export interface Preparation {
  readonly title: string;
  readonly why: string;
  readonly commands: readonly Command[];
  /** Not needed where one of these paths exists (the last component may hold `*`). */
  readonly unless?: readonly string[];
  readonly undo?: readonly Command[];
  readonly keptWhile?: NonNullable<RunOthers['keptWhile']>;
  /** `services` where not given. What an earlier phase makes is undone after the files are back. */
  readonly phase?: Phase;
}

/** A file whose text the sysadmin needs once all is done. */
export interface ShownFile {
  readonly title: string;
  /** May hold `{{name}}`s. */
  readonly path: string;
}

export interface DirectorySetup {
  readonly path: string;
  readonly mode: number;
  readonly owner: Owner;
  readonly why: string;
}

/** A directory that a package makes once, and no script of its own again where `/var/run` came up empty. */
export interface RunDirectory {
  readonly path: string;
  /** It is of this user and its group. */
  readonly user: string;
  /** What rc.d scripts PROVIDE that need it, by all names that they had. */
  readonly neededBy: readonly string[];
}

export interface MilterSetup {
  readonly packages: readonly Package[];
  readonly files: readonly SettingsFile[];
  readonly directories: readonly DirectorySetup[];
  /** The manager's rc.d script makes them, before those who need them start. */
  readonly runDirectories?: readonly RunDirectory[];
  /** Groups that the manager's user must be in to reach the socket. */
  readonly groups: readonly string[];
  readonly preparations: readonly Preparation[];
  /** Support daemons first; the last one is the milter itself. */
  readonly services: readonly ServiceSetup[];
  /** Where it listens once set up, in our spelling. */
  readonly connectionSpec: string;
  /** What must be there before it can work (virus signatures). */
  readonly requires?: Requirement;
  /** Whether it signs mail: then Postfix must hand it mail that does not come by SMTP, too. */
  readonly signs?: true;
  /** Whether the host has keys of its own for it, so that no question about them is asked. */
  readonly keepsKeys?: true;
  /** Set up by hand, and left so: what it does to a test mail is not known. */
  readonly kept?: true;
  readonly shows?: readonly ShownFile[];
  /** Statuses that its proof accepts, as `milter-test-server --expect` takes them. */
  readonly expect: string;
  /** Seconds that it may take after its start until it answers well. */
  readonly patience: number;
}

/** The daemon behind a milter that does nothing without databases of signatures, which grow old. */
export interface Scanner {
  readonly daemon: string;
  /** Where its configuration may be; the first that sets DatabaseDirectory counts. */
  readonly configurations: readonly string[];
  readonly usualDirectory: string;
  /** Names of databases. */
  readonly database: RegExp;
}

/** Another milter that does the same work: together they do it twice. */
export interface Conflict {
  readonly milter: string;
  readonly why: string;
}

interface Unavailable {
  /** Why it cannot be had there: the end of a sentence. */
  readonly unavailable: string;
}

/**
 * What it takes on a release of a platform. The host is looked at where names changed between versions of a package.
 */
type SetUpOn = Unavailable | ((release: Release, host: HostReader) => MilterSetup | Unavailable);

/** What there is of a milter beside what is known of it, where it can be set up. */
export interface SetUpMilter {
  /** For `--milters`. */
  readonly short: string;
  readonly title: string;
  readonly summary: string;
  readonly conflicts?: readonly Conflict[];
  /** Keys of the questions that are asked where it is set up. */
  readonly asks?: readonly string[];
  readonly scanner?: Scanner;
  /** One of the install documents' three: set up on a fresh host where nothing else is chosen. */
  readonly byDefault?: true;
  readonly setup: Readonly<Partial<Record<PlatformName, SetUpOn>>>;
}

/** A milter that we set up. */
export interface Milter extends KnownMilter, SetUpMilter {}

/** What the milter takes on this release, or why it cannot be had there. */
export function setupOn(
  { setup }: Milter,
  release: Release,
  host: HostReader,
): MilterSetup | Unavailable {
  const on = setup[release.platform] ?? { unavailable: `not known on ${release.title} yet` };
  return typeof on === 'function' ? on(release, host) : on;
}

/** Why a milter of EPEL cannot be had on CentOS 6. */
export const CLOSED_EPEL =
  'its packages for CentOS 6 would be in EPEL 6, which is kept in an archive only; the milters of the install document alone are set up there';

/** The repository that holds the milters of the Red Hat family; Fedora has them itself. */
export function epel(release: Release): readonly Package[] {
  if (release.id === 'fedora') return [];
  const marker = '/etc/yum.repos.d/epel.repo';
  return [{ name: epelPackage(release), marker, repository: epelRepository(release) }];
}

function epelRepository(release: Release): Repository {
  const whose = 'The system itself lacks the milters. EPEL is a repository of the Fedora project';
  return release.platform === 'centos6'
    ? {
        name: 'EPEL',
        why: `${whose}. Both it and CentOS 6 are kept in archives only: where yum still asks their mirrors, this step fails, and nothing is changed.`,
      }
    : {
        name: 'EPEL, and enable CRB',
        why: `${whose}; its packages need some of CRB, which the system knows and has not enabled.`,
      };
}

/** RHEL's own repositories lack the package, and Oracle gives it a name of its own. */
function epelPackage(release: Release): string {
  const major = majorVersion(release);
  switch (release.id) {
    case 'rhel':
      return `https://dl.fedoraproject.org/pub/epel/epel-release-latest-${major}.noarch.rpm`;
    case 'ol':
      return `oracle-epel-release-el${major}`;
    default:
      return 'epel-release';
  }
}

/** The major version as a number: 13 of `13.1`. */
export function majorVersion(release: Release): number {
  return Number.parseInt(release.version, 10);
}
