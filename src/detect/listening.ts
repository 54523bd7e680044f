/** Who listens on this host now, as far as the kernel tells it in files (proc(5)). */
import { readText, type HostReader } from '../host/host.ts';
import { ConnectionSpecError, parseConnectionSpec } from '../protocol/connection-spec.ts';

const OWN_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Whether anybody listens at a socket as we write it (`unix:/path`, `inet:port@host`); undefined where nothing tells:
 * on a system without these files, or where it is another host's.
 */
export function listensAt(host: HostReader, spec: string): boolean | undefined {
  let parsed;
  try {
    parsed = parseConnectionSpec(spec);
  } catch (error) {
    if (!(error instanceof ConnectionSpecError)) throw error;
    return undefined;
  }
  if (parsed.kind === 'unix') return listeningPaths(host)?.has(plainPath(parsed.path));
  if (parsed.host !== undefined && !OWN_HOST.test(parsed.host)) return undefined;
  return listeningPorts(host)?.has(parsed.port);
}

/** Local port in hexadecimal, and 0A for a socket that listens; undefined where there is no such file. */
export function listeningPorts(host: HostReader): ReadonlySet<number> | undefined {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readText(host, path));
  if (tables.every((table) => table === undefined)) return undefined;
  const rows = tables
    .join('\n')
    .matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm);
  return new Set([...rows].map(([, port]) => Number.parseInt(port!, 16)));
}

/** Flags (`__SO_ACCEPTCON`), type, state, inode, and the path as it was bound. */
function listeningPaths(host: HostReader): ReadonlySet<string> | undefined {
  const table = readText(host, '/proc/net/unix');
  if (table === undefined) return undefined;
  const rows = table.matchAll(/^[^:\n]+: \S+ \S+ 00010000 \S+ \S+ +\d+ (\/[^\n]*)$/gm);
  return new Set([...rows].map(([, path]) => plainPath(path!)));
}

/** /var/run is /run. */
function plainPath(path: string): string {
  return path.replace(/^\/var\/run\//, '/run/').replace(/\/+/g, '/');
}
