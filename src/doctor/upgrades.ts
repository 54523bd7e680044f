/** What a package's new version left beside a file that was edited here. */
import { basename, dirname } from 'node:path';
import { type Check, type Problem, run } from './finding.ts';

/** dpkg, ucf, rpm, pkg. `.rpmsave` is ours, moved out of the way. */
const NEW = ['.dpkg-new', '.dpkg-dist', '.ucf-dist', '.ucf-new', '.rpmnew', '.pkgnew'];
const MOVED = ['.dpkg-old', '.ucf-old', '.rpmsave', '.pkgsave'];

export const upgrades: Check = {
  id: 'package-upgrade',
  title: 'no package has left another version of our files',
  applies: ({ ours }) => ours.written.length > 0 || 'milter-setup has written no file here',
  look: (host, { ours }) =>
    ours.written.flatMap((path): readonly Problem[] => {
      const names = host.list(dirname(path));
      const beside = (suffixes: readonly string[]) =>
        suffixes.map((suffix) => basename(path) + suffix).filter((name) => names.includes(name));
      return [
        ...beside(NEW).map((name) => {
          const other = `${dirname(path)}/${name}`;
          return {
            grade: 'warning' as const,
            title: `a package brought a new ${path}, and it is not in use`,
            evidence: [`${other} stands beside it`],
            fix: [run('diff', '-u', path, other), run('rm', other)],
          };
        }),
        ...beside(MOVED).map((name) => {
          const other = `${dirname(path)}/${name}`;
          return {
            grade: 'warning' as const,
            title: `a package may have put its own ${path} in the place of ours`,
            evidence: [`${other} stands beside it`],
            fix: [run('diff', '-u', other, path), run('milter-setup', '--force'), run('rm', other)],
          };
        }),
      ];
    }),
};
