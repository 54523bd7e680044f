/** What differs between families of systems, as data. One file a family beside this one. */
import type { Command } from '../change/change.ts';

/** How services are described and started. */
export type InitSystem = 'rc.d' | 'sysv' | 'systemd';

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
  /** Its script looks at files that only root may read, and tells anybody else that nothing runs. */
  readonly statusNeedsRoot?: true;
  /** The verb that starts or stops a service although its flag says that it is off. */
  readonly evenDisabled?: (command: Command) => Command;
}

/** What makes the service manager take note of a definition that no package brought. */
export interface Registration {
  /** The definition, below a directory. */
  readonly path: string;
  readonly title: string;
  readonly why: string;
  readonly commands: readonly Command[];
  readonly undo: readonly Command[];
}

/** A file of the manager's service: its definition, which is wholly ours, or variables of it. */
export interface ServiceFile {
  readonly path: string;
  readonly format: 'whole' | 'shell';
  /** Below the templates directory. */
  readonly template: string;
  readonly why: string;
  readonly mode?: number;
}

/** Where packages start their services as they are installed: how that is prevented, even across a reboot. */
export interface NewServices {
  hold(services: readonly string[]): readonly Command[];
  /** They can be started; what the packages enabled of Postfix does not start it at boot. */
  release(services: readonly string[]): readonly Command[];
  /** Returns when no package manager is at work any more. */
  readonly waitForPackages: Command;
}

/** An installation that is only played through. */
export interface Simulation {
  /** Brings the lists of packages up to date; fails where one of them cannot be fetched. */
  readonly refresh?: Command;
  command(packages: readonly string[]): Command;
  /** Whether its exit code tells that the packages cannot be installed. */
  readonly tells: boolean;
  /** The packages that it would take away. */
  removed(output: string): readonly string[];
}

export interface PackageSizes {
  command(packages: readonly string[]): Command;
  /** How many packages, and `29 MB`; undefined where the output does not tell. */
  read(output: string): { readonly count: number; readonly download: string } | undefined;
}

/** Which versions are installed, from the package manager's local data: no network, no root. */
export interface PackageVersions {
  readonly command: (packages: readonly string[]) => Command;
  /** The versions of those that are installed, by the names that were asked for. */
  readonly read: (output: string) => ReadonlyMap<string, string>;
}

export interface Platform {
  /** For `--platform`; the directory of its templates. */
  readonly name: string;
  /** For people: `Debian, Ubuntu`. */
  readonly title: string;
  /** os-release's ID, or an ID_LIKE, of the systems that it stands for. */
  readonly ids: readonly string[];
  /** The version that is meant where nothing but the platform is named. */
  readonly usualVersion: string;
  readonly init: InitSystem;
  /** Where its package of Node.js puts the program. */
  readonly usualNode: string;
  /** Where the journal, the last answers and the record of written files live. */
  readonly stateDirectory: string;
  readonly postfixDirectory: string;
  readonly postfixProgram: string;
  /** Whether smtpd of its Postfix package runs in a chroot. */
  readonly chrootsSmtpd: boolean;
  /** Whether sendmail is part of it, and runs until Postfix takes its place. */
  readonly comesWithSendmail?: true;
  /** Whether its SELinux policy, where it is in use, decides what Postfix may connect to. */
  readonly confinesPostfix?: true;
  /** The group of root's own files. */
  readonly rootGroup: string;
  /** The file whose variables start services at boot; undefined where commands do. */
  readonly flagFile?: string;
  /** Where milter-manager.ini lives, the manager's own default. */
  readonly managerDirectory: string;
  readonly managerProgram: string;
  readonly testServerProgram: string;
  /** Where the manager listens; inside Postfix's queue directory where smtpd is chrooted. */
  readonly managerSocket: string;
  /** The mode of the socket's directory; undefined where the service makes it at each start. */
  readonly socketDirectoryMode?: number;
  /** User and group that the manager runs as. */
  readonly managerUser: string;
  /** The home of that user. */
  readonly managerHome: string;
  /** Where the manager keeps its history and the mails of late. */
  readonly historyDirectory: string;
  /** The group that Postfix is in, to reach the manager's socket. */
  readonly socketGroup: string;
  readonly managerService: string;
  /** Its definition and what belongs to it. @param service the manager's, by its name */
  serviceFiles(service: string): readonly ServiceFile[];
  /** Undefined where the service manager finds a definition by itself. */
  readonly registration?: (service: string) => Registration;
  readonly mailLog: string;
  /** Prints what the manager has logged, since that time (milliseconds since 1970) where the log can tell. */
  managerLog(since: number): Command;
  /** The C milter-manager of its packages: the program, and where it listens as it is built. */
  readonly predecessor: { readonly program: string; readonly spec: string };
  readonly services: ServiceCommands;
  /** As people call it: `apt`, `pkg`. */
  readonly packageManager: string;
  /** Where the package manager can be left with something half installed. */
  readonly packageDatabase?: 'dpkg' | 'rpm';
  readonly packageVersions: PackageVersions;
  /** Prints the names of those that the repositories have, from lists that are there: no network. */
  searchPackages?(packages: readonly string[]): Command;
  readonly simulation?: Simulation;
  /** Undefined where packages start nothing by themselves. */
  readonly newServices?: NewServices;
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
