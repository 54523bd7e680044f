/** Kills `milter-setup` on a booted host with -9 exactly when a certain record of its journal is on the disk. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { BootedHost } from './host.ts';
import type { Package } from './package.ts';

const PRELOAD = '/opt/die.cjs';

/** Node loads it before the program, and lets everything else of npx alone. */
const PRELOAD_TEXT = `
if (/milter-setup(\\.js)?$/.test(process.argv[1] || '')) {
  const fs = require('node:fs');
  const { fsyncSync } = fs;
  const die = () => process.kill(process.pid, 'SIGKILL');
  const wait = Number(process.env.DIE_LATER);
  let left = Number(process.env.DIE_AT);
  fs.fsyncSync = (fd) => {
    fsyncSync(fd);
    if (!fs.readlinkSync('/proc/self/fd/' + fd).endsWith('/journal.jsonl') || --left !== 0) return;
    if (wait > 0) setTimeout(die, wait);
    else for (die(); ; );
  };
}
`;

export interface Death {
  readonly work: 'run' | 'undo';
  /** The record that is written last, counted from 1. */
  readonly at: number;
  /** Milliseconds after which it dies: in the middle of the command that the record announces. */
  readonly later: number;
}

/** Runs `milter-setup WORDS` until it dies; everything that it has started lives on. */
export async function runUntil(
  host: BootedHost,
  tarball: Package,
  { at, later }: Death,
  ...words: readonly string[]
): Promise<void> {
  fs.writeFileSync(join(host.root, PRELOAD), PRELOAD_TEXT);
  const variables = [`NODE_OPTIONS=--require=${PRELOAD}`, `DIE_AT=${at}`, `DIE_LATER=${later}`];
  await host.exec('env', ...variables, ...tarball.argv('milter-setup', ...words));
}
