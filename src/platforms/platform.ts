/** What differs between families of systems, as data. One file a family beside this one. */
import type { Command } from '../change/change.ts';

export const PLATFORM_NAMES = ['freebsd', 'centos6', 'redhat', 'debian'] as const;
export type PlatformName = (typeof PLATFORM_NAMES)[number];

/** The system that a host runs. */
export interface Release {
  readonly platform: PlatformName;
  /** os-release ID, or `freebsd`, `centos` where there is no such file. */
  readonly id: string;
  /** `13`, `10.0`, `6.4`. */
  readonly version: string;
  /** For people: `Debian GNU/Linux 13 (trixie)`. */
  readonly title: string;
}

/** The verbs of a service manager. Each is a command to show and to run. */
export interface ServiceCommands {
  /** Undefined where a setting of rc.conf enables it (FreeBSD): then a change of that file does. */
  enable(service: string): Command | undefined;
  disable(service: string): Command | undefined;
  start(service: string): Command;
  stop(service: string): Command;
  restart(service: string): Command;
  reload(service: string): Command;
  /** Exits 0 when it runs. */
  status(service: string): Command;
}

export interface PackageSizes {
  command(packages: readonly string[]): Command;
  /** How many packages, and `29 MB`; undefined where the output does not tell. */
  read(output: string): { readonly count: number; readonly download: string } | undefined;
}

export interface Platform {
  readonly name: PlatformName;
  /** Where the journal, the last answers and the record of written files live. */
  readonly stateDirectory: string;
  readonly postfixDirectory: string;
  /** Where milter-manager.ini lives, the manager's own default. */
  readonly managerDirectory: string;
  readonly managerProgram: string;
  readonly testServerProgram: string;
  /** Where the manager listens; inside Postfix's queue directory where smtpd is chrooted. */
  readonly managerSocket: string;
  /** User and group that the manager runs as. */
  readonly managerUser: string;
  /** The home of that user. */
  readonly managerHome: string;
  /** The group that Postfix is in, to reach the manager's socket. */
  readonly socketGroup: string;
  readonly managerService: string;
  readonly mailLog: string;
  readonly services: ServiceCommands;
  /** Prints the names of those that the repositories have, from lists that are there: no network. */
  searchPackages?(packages: readonly string[]): Command;
  /** What they come to with all that they need: from lists that are there, without a network, changing nothing. */
  readonly packageSizes?: PackageSizes;
  installPackages(packages: readonly string[]): readonly Command[];
  removePackages(packages: readonly string[]): readonly Command[];
  /** Whether removing a user takes the group of its name along (userdel): then both are made in one step. */
  readonly groupComesWithUser: boolean;
  createGroup(group: string): Command;
  removeGroup(group: string): Command;
  /** Without `group` the user gets a new one of its own name. */
  createUser(user: string, group: string | undefined, home: string): Command;
  /** Groups that `createUser` puts the user into, beside its own. */
  readonly newUserGroups: readonly string[];
  removeUser(user: string): Command;
  joinGroup(user: string, group: string): Command;
  leaveGroup(user: string, group: string): Command;
}
