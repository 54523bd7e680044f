/** Milters' sockets in main.cf: `unix:PATH`, `inet:HOST:PORT`, `{ socket, settings }` (MILTER_README). */
import { join } from 'node:path';
import { elementsOf, identityOf } from '../edit/main-cf-list.ts';
import type { HostReader } from '../host/host.ts';
import { resolvePath } from '../host/resolve.ts';
import { type ConnectionSpec, parseConnectionSpec } from '../protocol/connection-spec.ts';

/** Who connects: a chrooted service takes its queue directory for the root, and all work in it. */
export interface Place {
  readonly chrooted: boolean;
  readonly queueDirectory: string;
}

/** The socket of an element: what stands first in `{ socket, settings }`. */
export function socketOf(element: string): string {
  return element.startsWith('{') ? (elementsOf(element.slice(1))[0]?.text ?? '') : element;
}

/** `{ inet:host:port, default_action=accept }` (Postfix 3.0): a setting of its own; undefined where it has none. */
export function ownSetting(element: string, name: string): string | undefined {
  if (!element.startsWith('{')) return undefined;
  const settings = elementsOf(element.slice(1, -1).replace(/\s*=\s*/g, '=')).map(
    ({ text }) => text,
  );
  return settings.findLast((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The path of the host at which a service looks for an element's UNIX socket; undefined for another kind. */
export function lookedFor(
  element: string,
  { chrooted, queueDirectory }: Place,
): string | undefined {
  const path = /^(?:unix|local):([^]*)$/i.exec(socketOf(element))?.[1];
  if (path === undefined) return undefined;
  return chrooted || !path.startsWith('/') ? join(queueDirectory, path) : path;
}

/**
 * Where an element leads a service, in our spelling and as it is seen from outside of a chroot, in which links start at
 * the queue directory; undefined of what Postfix cannot read.
 */
export function connectionSpecOf(
  host: HostReader,
  element: string,
  place: Place,
): string | undefined {
  const path = lookedFor(element, place);
  if (path === undefined) {
    const match = /^(inet6?):\[?([^\]]+?)\]?:([^:]+)$/i.exec(socketOf(element));
    return match === null ? undefined : `${match[1]!.toLowerCase()}:${match[3]!}@${match[2]!}`;
  }
  if (!place.chrooted) return `unix:${path}`;
  const queue = place.queueDirectory;
  const link = (inside: string): string | undefined =>
    host.lstat(`${queue}${inside}`)?.type === 'symlink'
      ? host.readLink(`${queue}${inside}`)
      : undefined;
  return `unix:${queue}${resolvePath(link, path.slice(queue.length), true)}`;
}

/** Whether an element leads that service to the milter that listens at `spec`, as we write it. */
export function reaches(element: string, spec: string, place: Place): boolean {
  const path = lookedFor(element, place);
  if (path === undefined) return isAt(element, spec, place.queueDirectory);
  const real = pathOf(spec);
  return real !== undefined && samePath(path, real);
}

/** Whether an element names the milter that listens at `spec`, from whichever side of a chroot. */
export function isAt(element: string, spec: string, queueDirectory: string): boolean {
  const identity = identityOf(element);
  return postfixSpellings(spec, queueDirectory).some((each) => identityOf(each) === identity);
}

/** Path of a UNIX socket that we write as `unix:/path`. */
export function pathOf(spec: string): string | undefined {
  return /^unix:(.*)$/.exec(spec)?.[1];
}

/** /var/run is /run. */
export function samePath(a: string, b: string): boolean {
  const plain = (path: string) => path.replace(/^\/var\/run\//, '/run/').replace(/\/+/g, '/');
  return plain(a) === plain(b);
}

/**
 * A socket that we write as `spec` (`unix:/path`, `inet:port@host`) as all those services find it: by its absolute path
 * where they agree on what that is, by the path from the queue directory where some are chrooted and some are not.
 */
export function postfixSocket(
  spec: string,
  queueDirectory: string,
  chrooted: boolean | 'some',
): string {
  const parsed = parseConnectionSpec(spec);
  if (parsed.kind !== 'unix') return inetSocket(parsed);
  const { path } = parsed;
  if (chrooted === false || !path.startsWith(`${queueDirectory}/`)) return `unix:${path}`;
  const below = path.slice(queueDirectory.length);
  return `unix:${chrooted === 'some' ? below.slice(1) : below}`;
}

function inetSocket({
  kind,
  host = 'localhost',
  port,
}: Exclude<ConnectionSpec, { kind: 'unix' }>): string {
  return `${kind}:${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** All the ways in which main.cf may name the socket that we write as `spec` (`unix:/path`, `inet:port@host`). */
export function postfixSpellings(spec: string, queueDirectory: string): readonly string[] {
  const unix = /^unix:(.*)$/.exec(spec);
  if (unix) {
    const path = unix[1]!;
    const paths = [path];
    if (path.startsWith('/var/run/')) paths.push(path.slice('/var'.length));
    if (path.startsWith('/run/')) paths.push(`/var${path}`);
    if (path.startsWith(`${queueDirectory}/`)) {
      const below = path.slice(queueDirectory.length);
      paths.push(below, below.slice(1));
    }
    return paths.flatMap((each) => [`unix:${each}`, `local:${each}`]);
  }
  const inet = /^(inet6?):(\d+)(?:@\[?([^\]]+)\]?)?$/.exec(spec);
  if (!inet) return [];
  const [, protocol, port, host] = inet;
  const own = new Set(['127.0.0.1', 'localhost', '[127.0.0.1]', '[::1]', '::1']);
  const hosts = host === undefined || own.has(host) ? [...own] : [host, `[${host}]`];
  return hosts.map((each) => `${protocol}:${each}:${port}`);
}
