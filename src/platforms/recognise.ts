/** Which system a host runs, from its files alone: os-release, freebsd-version, centos-release. */
import type { HostReader } from '../host/host.ts';
import { readText } from '../host/host.ts';
import { PLATFORMS, type PlatformName, type Release } from './platforms.ts';

/** The release that the host's files name; undefined for a system that we do not know. */
export function recogniseRelease(host: HostReader): Release | undefined {
  return fromOsRelease(host) ?? fromCentosRelease(host) ?? fromFreebsdFiles(host);
}

const FAMILIES: ReadonlyMap<string, PlatformName> = new Map(
  (Object.keys(PLATFORMS) as PlatformName[]).flatMap((name) =>
    PLATFORMS[name].ids.map((id) => [id, name] as const),
  ),
);

/** The fields of os-release(5). */
function osRelease(host: HostReader): ReadonlyMap<string, string> | undefined {
  const text = readText(host, '/etc/os-release') ?? readText(host, '/usr/lib/os-release');
  if (text === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(["']?)(.*)\2\s*$/.exec(line);
    if (match) fields.set(match[1]!, match[3]!);
  }
  return fields;
}

/** How a system calls itself, known to us or not. */
export function systemTitle(host: HostReader): string | undefined {
  const fields = osRelease(host);
  return fields?.get('PRETTY_NAME') ?? fields?.get('NAME') ?? fields?.get('ID');
}

function fromOsRelease(host: HostReader): Release | undefined {
  const fields = osRelease(host);
  if (fields === undefined) return undefined;
  const id = fields.get('ID') ?? '';
  const ids = [id, ...(fields.get('ID_LIKE') ?? '').split(/\s+/)];
  const platform = ids.map((each) => FAMILIES.get(each)).find((each) => each !== undefined);
  if (platform === undefined) return undefined;
  return {
    platform,
    ...(baseOf(id, fields) ?? { id, version: fields.get('VERSION_ID') ?? '' }),
    title: fields.get('PRETTY_NAME') ?? fields.get('NAME') ?? id,
  };
}

/** Of Debian and Ubuntu, whose packages their derivatives have under version numbers of their own. */
const CODENAMES: Readonly<Record<string, Pick<Release, 'id' | 'version'>>> = {
  bullseye: { id: 'debian', version: '11' },
  bookworm: { id: 'debian', version: '12' },
  trixie: { id: 'debian', version: '13' },
  focal: { id: 'ubuntu', version: '20.04' },
  jammy: { id: 'ubuntu', version: '22.04' },
  noble: { id: 'ubuntu', version: '24.04' },
  plucky: { id: 'ubuntu', version: '25.04' },
  questing: { id: 'ubuntu', version: '25.10' },
  resolute: { id: 'ubuntu', version: '26.04' },
};

/** Whose packages a derivative has: Mint 21 those of Ubuntu 22.04, LMDE 7 those of Debian 13. */
function baseOf(
  id: string,
  fields: ReadonlyMap<string, string>,
): Pick<Release, 'id' | 'version'> | undefined {
  if (FAMILIES.has(id)) return undefined;
  const names = ['UBUNTU_CODENAME', 'DEBIAN_CODENAME', 'VERSION_CODENAME'];
  const known = names.map((name) => CODENAMES[fields.get(name) ?? '']);
  return known.find((base) => base !== undefined);
}

function fromCentosRelease(host: HostReader): Release | undefined {
  const text = readText(host, '/etc/centos-release') ?? readText(host, '/etc/redhat-release');
  const match = text === undefined ? null : /release (\d+)(\.\d+)?/.exec(text);
  if (!match || text === undefined) return undefined;
  const platform = match[1] === '6' ? 'centos6' : 'redhat';
  return { platform, id: 'centos', version: match[1]! + (match[2] ?? ''), title: text.trim() };
}

/** FreeBSD before 12.1 has no os-release; /etc/defaults/rc.conf is in every base system. */
function fromFreebsdFiles(host: HostReader): Release | undefined {
  const script = readText(host, '/bin/freebsd-version');
  const version =
    script === undefined ? undefined : /^USERLAND_VERSION="([\d.]+)/m.exec(script)?.[1];
  if (version === undefined && host.stat('/etc/defaults/rc.conf') === undefined) return undefined;
  return {
    platform: 'freebsd',
    id: 'freebsd',
    version: version ?? '10.0',
    title: version === undefined ? 'FreeBSD' : `FreeBSD ${version}`,
  };
}
