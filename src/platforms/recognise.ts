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

function fromOsRelease(host: HostReader): Release | undefined {
  const text = readText(host, '/etc/os-release') ?? readText(host, '/usr/lib/os-release');
  if (text === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(["']?)(.*)\2\s*$/.exec(line);
    if (match) fields.set(match[1]!, match[3]!);
  }
  const id = fields.get('ID') ?? '';
  const ids = [id, ...(fields.get('ID_LIKE') ?? '').split(/\s+/)];
  const platform = ids.map((each) => FAMILIES.get(each)).find((each) => each !== undefined);
  if (platform === undefined) return undefined;
  return {
    platform,
    id,
    version: fields.get('VERSION_ID') ?? '',
    title: fields.get('PRETTY_NAME') ?? fields.get('NAME') ?? id,
  };
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
