/** The package as npm would serve it: packed, copied into a host, run there through npx. */
import fs from 'node:fs';
import os from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import type { BootedHost, Outcome } from './host.ts';

const TOP = new URL('../..', import.meta.url).pathname;

/**
 * Builds (npm's `prepare` does) and packs, into a new temporary directory; or takes the tarball that
 * MILTER_SETUP_TARBALL names. @returns the path of the tarball
 */
export async function packPackage(): Promise<string> {
  const given = process.env['MILTER_SETUP_TARBALL'];
  if (given !== undefined) return given;
  const directory = fs.mkdtempSync(join(os.tmpdir(), 'milter-setup-pack-'));
  await execa('npm', ['pack', '--pack-destination', directory], { cwd: TOP });
  const [tarball] = fs.readdirSync(directory);
  return join(directory, tarball!);
}

/** `milter-setup` on one host, from the tarball. */
export interface Package {
  /** The argv that runs a program of the package inside. */
  argv(program: 'milter-setup' | 'milter-manager', ...words: readonly string[]): readonly string[];
  /** Runs `milter-setup WORDS` inside. */
  setup(...words: readonly string[]): Promise<Outcome>;
}

export function copyPackage(host: BootedHost, tarball: string): Package {
  const inside = `/root/${basename(tarball)}`;
  fs.copyFileSync(tarball, join(host.root, inside));
  const argv: Package['argv'] = (program, ...words) => [
    ...['npx', '--yes', `--package=${inside}`, '--', program, ...words],
  ];
  return { argv, setup: (...words) => host.exec(...argv('milter-setup', ...words)) };
}
