/** This machine. */
import { execute } from './execute.ts';
import { changeFiles } from './files.ts';
import type { Host } from './host.ts';
import { openReader } from './reader.ts';

export function openRealHost(): Host {
  return {
    ...openReader(),
    ...changeFiles(undefined, true),
    runs: true,
    writable: process.geteuid?.() === 0,
    run: (argv, options) => execute(argv, options),
  };
}
