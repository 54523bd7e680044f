/** What differs between families of systems, as data. One file a family beside this one. */
import type { HostReader } from '../host/host.ts';
import type { Command } from '../plan/change.ts';

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
  enable(service: string): Command;
  disable(service: string): Command;
  start(service: string): Command;
  stop(service: string): Command;
  restart(service: string): Command;
  reload(service: string): Command;
  /** Exits 0 when it runs. */
  status(service: string): Command;
}

export interface Platform {
  readonly name: PlatformName;
  /** Recognises the host by its files alone, so that a tree (`--root`) is recognised too. */
  recognise(host: HostReader): Release | undefined;
  /** Where the journal, the last answers and the record of written files live. */
  readonly stateDirectory: string;
  readonly postfixDirectory: string;
  /** Where milter-manager.ini lives, the manager's own default. */
  readonly managerDirectory: string;
  readonly managerProgram: string;
  readonly testServerProgram: string;
  readonly mailLog: string;
  readonly services: ServiceCommands;
  installPackages(packages: readonly string[]): readonly Command[];
  removePackages(packages: readonly string[]): readonly Command[];
  createGroup(group: string): Command;
  removeGroup(group: string): Command;
  createUser(user: string, group: string, home: string): Command;
  removeUser(user: string): Command;
  joinGroup(user: string, group: string): Command;
  leaveGroup(user: string, group: string): Command;
}
