/** The manager itself: its programs, its configuration, its service. */
import { basename, dirname } from 'node:path';
import { readText, type HostReader } from '../host/host.ts';
import type { DirectorySetup, ServiceSetup } from '../milters/milter.ts';
import type { Platform } from '../platforms/platform.ts';
import type { WriteFile } from '../change/change.ts';
import type { HostFacts } from './facts.ts';
import { programText } from './package-files.ts';
import type { WantedSettings } from './settings.ts';

export const managerService = (platform: Platform): ServiceSetup => ({
  name: platform.managerService,
  why: 'The one milter that Postfix asks; it asks the others.',
});

/** The directories of its configuration, of its history, and that of the socket where the service does not make it. */
export function managerDirectories(platform: Platform): readonly DirectorySetup[] {
  const { managerDirectory, managerSocket, managerUser, rootGroup, socketDirectoryMode } = platform;
  const configuration: DirectorySetup = {
    path: managerDirectory,
    mode: 0o755,
    owner: { user: 'root', group: rootGroup },
    why: "For the manager's configuration.",
  };
  const history: DirectorySetup = {
    path: platform.historyDirectory,
    mode: 0o750,
    owner: { user: managerUser, group: managerUser },
    why: 'For what the manager counts, from which graphs and reports are made.',
  };
  if (socketDirectoryMode === undefined) return [configuration, history];
  const socket: DirectorySetup = {
    path: dirname(managerSocket),
    mode: socketDirectoryMode,
    owner: { user: managerUser, group: platform.socketGroup },
    why: "For the manager's socket; Postfix may enter it.",
  };
  return [configuration, history, socket];
}

/** The `{{name}}`s that describe the manager. */
export function managerValues(facts: HostFacts): Readonly<Record<string, string>> {
  const { platform } = facts;
  const run = facts.milters.flatMap(({ setup }) => setup?.runDirectories ?? []);
  return {
    // OpenDKIM, OpenDMARC and pyspf-milter know each other's results by it; HOSTNAME is their word for the host's own.
    authservId: facts.names.host ?? 'HOSTNAME',
    connectionSpec: facts.managerSpec,
    historyDirectory: platform.historyDirectory,
    managerDirectory: platform.managerDirectory,
    managerProgram: platform.managerProgram,
    managerService: platform.managerService,
    managerUser: platform.managerUser,
    metricsSpec: facts.metricsSpec,
    node: facts.node,
    // Variables of rc.conf hold no hyphens.
    rcName: platform.managerService.replaceAll('-', ''),
    // For its rc.d script: what it makes at boot, and for whom.
    runDirectories: run.map(({ path, user }) => `${path}:${user}`).join(' '),
    runDirectoriesNeededBy: run.flatMap(({ neededBy }) => neededBy).join(' '),
    runtimeDirectory: basename(dirname(platform.managerSocket)),
    socketDirectory: dirname(platform.managerSocket),
    socketGroup: platform.socketGroup,
  };
}

/** The manager's configuration and its service definition. */
export function managerFiles(platform: Platform): readonly WantedSettings[] {
  const configuration: WantedSettings = {
    path: `${platform.managerDirectory}/milter-manager.ini`,
    format: 'ini',
    template: 'common/milter-manager.ini',
    why: "The manager's socket and user; the milters it finds by itself.",
    check: { argv: [platform.managerProgram, '-c', platform.managerDirectory, '--check'] },
  };
  return [configuration, ...platform.serviceFiles(platform.managerService)];
}

/** The self-contained programs: they run for years after npx is forgotten. */
export function planPrograms(host: HostReader, facts: HostFacts): readonly WriteFile[] {
  const { platform, node } = facts;
  const programs = [
    [
      'milter-manager',
      platform.managerProgram,
      'The milter manager, with all that it needs in one file.',
    ],
    [
      'milter-test-server',
      platform.testServerProgram,
      'The test client, for the proofs and for you.',
    ],
  ] as const;
  return programs.flatMap(([name, path, why]): WriteFile[] => {
    const before = readText(host, path);
    const after = programText(name, node);
    if (before === after) return [];
    return [
      {
        kind: 'write-file',
        phase: 'files',
        title: `install ${path}`,
        why,
        path,
        before,
        after,
        mode: 0o755,
        summary: `a program of ${Math.round(after.length / 1024)} KB, run by ${node}`,
      },
    ];
  });
}
