/** The whole program, bundled, on a host of stand-ins: with the templates and the daemons of this package beside it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { Bundle, Environment } from './terminal.ts';
import { UTF8_TERMINAL } from './terminal.ts';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const STAND_IN = join(import.meta.dirname, 'programs/stand-in-host.ts');

/** Its machine is the tree of `standInEnvironment`, and no other. */
export async function bundleOnStandIns(): Promise<Bundle> {
  const directory = mkdtempSync(join(tmpdir(), 'milter-setup-program-'));
  const remove = (): void => rmSync(directory, { recursive: true });
  const path = join(directory, 'dist/milter-setup.cjs');
  try {
    mkdirSync(join(directory, 'dist'));
    symlinkSync(join(TOP, 'templates'), join(directory, 'templates'));
    for (const name of ['milter-manager.cjs', 'milter-test-server.cjs', 'man']) {
      symlinkSync(join(TOP, 'dist', name), join(directory, 'dist', name));
    }
    const bundle = await rolldown({
      input: join(TOP, 'src/cli/milter-setup.ts'),
      platform: 'node',
      logLevel: 'silent',
      plugins: [
        {
          name: 'stand-ins',
          resolveId: (source) => (source.endsWith('/host/real.ts') ? STAND_IN : null),
        },
      ],
    });
    await bundle.write({ file: path, format: 'cjs', codeSplitting: false });
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}

/** A terminal on that host. */
export function standInEnvironment(root: string, more: Environment = {}): Environment {
  const commands = join(root, 'var/stand-in/bin');
  return { ...UTF8_TERMINAL, STAND_IN_ROOT: root, STAND_IN_COMMANDS: commands, ...more };
}

/** A terminal on a tree: its files are changed, and its commands are left to its owner. */
export function treeEnvironment(root: string, more: Environment = {}): Environment {
  return { ...UTF8_TERMINAL, STAND_IN_ROOT: root, ...more };
}
