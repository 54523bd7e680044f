/** The manual pages of the installed programs, where `man` looks for those that no package brings. */
import { basename, dirname } from 'node:path';
import { readText, type HostReader } from '../host/host.ts';
import type { DirectorySetup } from '../milters/milter.ts';
import type { WriteFile } from '../change/change.ts';
import type { HostFacts } from './facts.ts';
import { manualPage } from './package-files.ts';

const DIRECTORY = '/usr/local/share/man';

interface Manual {
  /** In the package. */
  readonly page: string;
  readonly path: string;
}

function manuals({ platform }: HostFacts): readonly Manual[] {
  const { managerProgram, testServerProgram } = platform;
  return [
    { page: 'milter-manager.8', path: `${DIRECTORY}/man8/${basename(managerProgram)}.8` },
    { page: 'milter-test-server.1', path: `${DIRECTORY}/man1/${basename(testServerProgram)}.1` },
  ];
}

/** Those that a host lacks (a tree gets all parents of its files); owner and mode of one that is there are its system's. */
export function manualDirectories(host: HostReader, facts: HostFacts): readonly DirectorySetup[] {
  if (!facts.knowsRunning) return [];
  const above = ['/usr/local', '/usr/local/share', DIRECTORY];
  const wanted = [...above, ...manuals(facts).map(({ path }) => dirname(path))];
  return [...new Set(wanted)]
    .filter((path) => host.stat(path) === undefined)
    .map((path) => ({
      path,
      mode: 0o755,
      owner: { user: 'root', group: facts.platform.rootGroup },
      why: 'Where man looks for pages that no package brings.',
    }));
}

export function planManuals(host: HostReader, facts: HostFacts): readonly WriteFile[] {
  return manuals(facts).flatMap(({ page, path }): WriteFile[] => {
    const before = readText(host, path);
    const after = manualPage(page);
    if (before === after) return [];
    const title = `install ${path}`;
    const why = `It is what "man ${basename(path).replace(/\.\d$/, '')}" shows.`;
    const summary = 'a manual page';
    return [
      { kind: 'write-file', phase: 'files', title, why, path, before, after, mode: 0o644, summary },
    ];
  });
}
