/** This machine. */
import { execute } from './execute.ts';
import { changeFiles } from './files.ts';
import type { Host } from './host.ts';
import { asOrdinaryUser } from './ordinary-user.ts';
import { openReader } from './reader.ts';

export function openRealHost(): Host {
  const writable = process.geteuid?.() === 0;
  const host: Host = {
    ...openReader(),
    ...changeFiles(undefined, true),
    runs: true,
    writable,
    run: (argv, options) => execute(argv, options),
  };
  return writable ? host : asOrdinaryUser(host);
}
