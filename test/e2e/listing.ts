/** What lies in a host's directories, byte for byte, to tell what a run has changed. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import type { BootedHost } from './host.ts';

/** Path to type, mode, owner and content. */
export type Listing = ReadonlyMap<string, string>;

/** @param paths files and directories, those below them included */
export function listPaths(host: BootedHost, paths: readonly string[]): Listing {
  const listing = new Map<string, string>();
  for (const path of paths) enter(host.root, path, listing);
  return listing;
}

/** One line for each path that differs: `+ path` is new, `- path` is gone, `~ path` is another. */
export function differences(before: Listing, after: Listing): readonly string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if (was === is) return [];
    return [`${was === undefined ? '+' : is === undefined ? '-' : '~'} ${path}`];
  });
}

/** The paths below `directory` only, as if they were below `other`. */
export function under(listing: Listing, directory: string, other: string): Listing {
  return new Map(
    [...listing]
      .filter(([path]) => path === directory || path.startsWith(`${directory}/`))
      .map(([path, entry]) => [other + path.slice(directory.length), entry]),
  );
}

function enter(root: string, path: string, listing: Map<string, string>): void {
  const real = join(root, path);
  const stat = fs.lstatSync(real, { throwIfNoEntry: false });
  if (!stat) return;
  const rights = `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`;
  if (stat.isSymbolicLink()) {
    listing.set(path, `link ${fs.readlinkSync(real)}`);
  } else if (stat.isDirectory()) {
    listing.set(path, `directory ${rights}`);
    for (const name of fs.readdirSync(real)) enter(root, join(path, name), listing);
  } else if (stat.isFile()) {
    const digest = createHash('sha256').update(fs.readFileSync(real)).digest('hex');
    listing.set(path, `file ${rights} ${digest}`);
  } else {
    listing.set(path, `special ${rights}`);
  }
}
