/** The files of this package that are installed on the host, and the templates. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from '../host/setup-error.ts';

/** Where this package lies: above dist/ when bundled, above src/ in the tests. */
function packageDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'templates', 'common'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('the package has no templates directory');
    directory = parent;
  }
  return directory;
}

export interface Templates {
  /** A template's text (latin1), by its path below the directory. @throws SetupError `no-template` */
  read(name: string): string;
}

/** The package's templates; a file of `override` (`--templates DIR`) takes the place of ours. */
export function openTemplates(override?: string): Templates {
  const ours = join(packageDirectory(), 'templates');
  if (override !== undefined && !existsSync(override)) {
    throw new SetupError({
      code: 'no-template',
      message: `there is no templates directory ${override}`,
      hint: `Copy ${ours} there and change what you like, or leave out --templates.`,
    });
  }
  return {
    read(name) {
      const found = [override, ours]
        .filter((directory) => directory !== undefined)
        .map((directory) => join(directory, name))
        .find((path) => existsSync(path));
      if (found === undefined) {
        throw new SetupError({ code: 'no-template', message: `there is no template ${name}` });
      }
      return readFileSync(found, 'latin1');
    },
  };
}

/** The path of a bundled program of ours, self-contained. @throws SetupError `not-built` */
export function builtProgram(name: string): string {
  return built(`${name}.cjs`);
}

/** The text of a manual page: `milter-manager.8`. @throws SetupError `not-built` */
export function manualPage(name: string): string {
  return readFileSync(built(`man/${name}`), 'latin1');
}

function built(name: string): string {
  const path = join(packageDirectory(), 'dist', name);
  if (existsSync(path)) return path;
  throw new SetupError({
    code: 'not-built',
    message: `${path} is missing`,
    hint: 'Run `npm run build` first.',
  });
}

/** The program's text as it is installed, to be run by the Node at `node`. */
export function programText(name: 'milter-manager' | 'milter-test-server', node: string): string {
  return `#!${node}\n${readFileSync(builtProgram(name), 'latin1').replace(/^#!.*\n/, '')}`;
}
