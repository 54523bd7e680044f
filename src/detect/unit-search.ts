/** Where systemd finds units, their drop-ins and the links that start them (systemd.unit(5)). */
import type { HostReader } from '../host/host.ts';

/** The first directory that has a unit wins. */
const UNIT_DIRECTORIES = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** A unit's file: `masked` where it is a link to /dev/null or empty. */
export interface UnitFile {
  readonly path: string;
  /** All names that drop-ins may use: the one asked for, and that of the file where the name is an alias. */
  readonly names: readonly string[];
  readonly masked: boolean;
}

/** The file of a unit (`opendkim.service`, `opendkim@.service`); undefined where none is installed. */
export function findUnit(host: HostReader, unit: string): UnitFile | undefined {
  for (const directory of UNIT_DIRECTORIES) {
    const path = `${directory}/${unit}`;
    const target = host.readLink(path);
    if (target === undefined) {
      const stat = host.stat(path);
      if (stat !== undefined) return { path, names: [unit], masked: stat.size === 0 };
      continue;
    }
    if (target === '/dev/null') return { path, names: [unit], masked: true };
    // A dangling link is no unit: a package was removed and its alias stayed.
    if (host.stat(path) === undefined) continue;
    const real = target.slice(target.lastIndexOf('/') + 1);
    return { path, names: real === unit ? [unit] : [unit, real], masked: false };
  }
  return undefined;
}

/** Drop-in files in the order in which they are read; of two with one name the higher directory's counts. */
export function findDropIns(host: HostReader, units: readonly string[]): string[] {
  const chosen = new Map<string, string>();
  for (const directory of UNIT_DIRECTORIES) {
    for (const unit of units.flatMap((each) => dropInNames(each))) {
      for (const name of host.list(`${directory}/${unit}.d`)) {
        if (name.endsWith('.conf') && !chosen.has(name)) {
          chosen.set(name, `${directory}/${unit}.d/${name}`);
        }
      }
    }
  }
  return [...chosen].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, path]) => path);
}

/** `a-b@c.service` is also ruled by the drop-ins of `a-b@.service` and of `a-.service`. */
function dropInNames(unit: string): string[] {
  const stem = unit.slice(0, unit.lastIndexOf('.'));
  const suffix = unit.slice(unit.lastIndexOf('.'));
  const names = [unit];
  const at = stem.indexOf('@');
  if (at >= 0 && at < stem.length - 1) names.push(`${stem.slice(0, at)}@${suffix}`);
  const base = at < 0 ? stem : stem.slice(0, at);
  for (let dash = base.lastIndexOf('-'); dash > 0; dash = base.lastIndexOf('-', dash - 1)) {
    names.push(`${base.slice(0, dash)}-${suffix}`);
  }
  return names;
}

/**
 * Links that start units, by the unit's name: those in a `.wants`, `.requires` or `.upholds` of any unit. A link to /dev/null in a
 * higher directory takes a lower one's away.
 */
export function startLinks(host: HostReader): ReadonlyMap<string, string> {
  const links = new Map<string, string>();
  const decided = new Set<string>();
  for (const directory of UNIT_DIRECTORIES) {
    for (const wanting of host.list(directory)) {
      if (!/\.(?:wants|requires|upholds)$/.test(wanting)) continue;
      for (const unit of host.list(`${directory}/${wanting}`)) {
        const place = `${wanting}/${unit}`;
        if (decided.has(place)) continue;
        decided.add(place);
        const path = `${directory}/${place}`;
        if (host.readLink(path) === '/dev/null') continue;
        // An alias that is wanted starts the unit that it stands for.
        for (const name of findUnit(host, unit)?.names ?? [unit]) {
          if (!links.has(name)) links.set(name, path);
        }
      }
    }
  }
  return links;
}
