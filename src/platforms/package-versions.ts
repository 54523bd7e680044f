/** Which versions of packages are installed, from the package manager's local data: no network, no root. */
import type { PackageVersions } from './platform.ts';

/** Packages that are gone but for their configuration have another status. */
export const dpkg: PackageVersions = {
  command: (packages) => ({
    argv: ['dpkg-query', '-W', '-f', '${Package} ${Version} ${db:Status-Status}\\n', ...packages],
  }),
  read: (output) => versions(/^(\S+) (\S+) installed$/gm, output),
};

/** Of one that is not there it says `package NAME is not installed`. */
export const rpm: PackageVersions = {
  command: (packages) => ({
    argv: ['rpm', '-q', '--qf', '%{NAME} %{VERSION}-%{RELEASE}\\n', ...packages],
  }),
  read: (output) => versions(/^(\S+) (\S+)$/gm, output),
};

/** A port may be asked for by its origin: `mail/py-spf-engine`. */
export const pkg: PackageVersions = {
  command: (packages) => ({ argv: ['pkg', 'query', '%n %v %o', ...packages] }),
  read: (output) =>
    new Map([
      ...versions(/^(\S+) (\S+) \S+$/gm, output),
      ...[...output.matchAll(/^\S+ (\S+) (\S+)$/gm)].map(
        ([, version, origin]) => [origin!, version!] as const,
      ),
    ]),
};

function versions(line: RegExp, output: string): ReadonlyMap<string, string> {
  return new Map([...output.matchAll(line)].map(([, name, version]) => [name!, version!]));
}
