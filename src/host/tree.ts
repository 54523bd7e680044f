/** A directory that holds a host's files: `--root`, the demo, tests. Nothing outside of it is touched. */
import fs from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { execute } from './execute.ts';
import { changeFiles } from './files.ts';
import type { Host } from './host.ts';
import { openReader } from './reader.ts';
import { SetupError } from './setup-error.ts';

/**
 * @param directory the host's root, e.g. an unpacked image
 * @param commands a directory of stand-ins for the host's commands, found by their last name component alone and run
 *   with MILTER_SETUP_ROOT naming the tree. Where not given nothing runs.
 * @throws SetupError `no-such-root`
 */
export function openTreeHost(directory: string, commands?: string): Host {
  const root = resolve(directory);
  if (!fs.statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new SetupError({
      code: 'no-such-root',
      message: `${directory} is not a directory`,
      hint: 'Name a directory that holds the files of a host.',
    });
  }
  return {
    ...openReader(root),
    // Only root can give files away; a tree that an ordinary user works on is that user's.
    ...changeFiles(root, process.geteuid?.() === 0),
    root,
    runs: commands !== undefined,
    writable: true,
    run(argv, options = {}) {
      const name = basename(argv[0] ?? '');
      if (commands === undefined) {
        return Promise.resolve({
          argv,
          exitCode: 127,
          stdout: '',
          stderr: `${name}: not run here`,
        });
      }
      const environment = { ...options.environment, MILTER_SETUP_ROOT: root };
      return execute(
        argv,
        { ...options, environment, as: undefined },
        join(resolve(commands), name),
      );
    },
  };
}
