/** Sockets in our spelling, from each notation that the programs use. */
import {
  type ConnectionSpec,
  ConnectionSpecError,
  formatConnectionSpec,
  parseConnectionSpec,
} from '../protocol/connection-spec.ts';

/** Addresses that mean "every interface" to who listens, and are no place to connect to. */
const ANY = new Map([
  ['*', 'localhost'],
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/**
 * A spec as a libmilter program writes it: `local:/path`, a bare path, `inet:port@host`, `inet:port`. Where it listens
 * on every interface, the result names this host, because the result is where to connect.
 * @throws ConnectionSpecError
 */
export function normaliseSpec(text: string): string {
  const spec = parseConnectionSpec(
    text
      .trim()
      // libmilter takes the protocol in any case.
      .replace(/^\w+(?=:)/, (protocol) => protocol.toLowerCase())
      // Scripts put `unix:` before a value that has it already.
      .replace(/^(?:(?:unix|local):)+(?=unix:|local:|\/)/, ''),
  );
  if (spec.kind === 'unix' && !spec.path.startsWith('/')) {
    throw new ConnectionSpecError(`socket path is not absolute: <${text}>`);
  }
  if (spec.kind !== 'unix' && /\s/.test(spec.host ?? '')) {
    throw new ConnectionSpecError(`host has blanks: <${text}>`);
  }
  return whereToConnect(spec);
}

/** Where to connect to who listens there. */
export function whereToConnect(spec: ConnectionSpec): string {
  return formatConnectionSpec(connectable(spec));
}

/**
 * An element of rspamd's `bind_socket` (`host:port`, `*:port`, `[::1]:port`, `/path mode=0660 owner=x`) in libmilter's
 * notation, not yet checked.
 */
export function fromRspamdSocket(text: string, defaultPort: number): string {
  const word = text.trim().split(/\s+/)[0] ?? '';
  // What systemd listens on for it stands in no file of its own.
  if (word.startsWith('/') || word.startsWith('systemd:')) return word;
  const match = /^(?:\[([^\]]+)\]|([^:]*))(?::(.+))?$/.exec(word);
  const host = (match?.[1] ?? match?.[2] ?? word)
    .replace(/^\*v4$/, '0.0.0.0')
    .replace(/^\*v6$/, '::');
  return `${host.includes(':') ? 'inet6' : 'inet'}:${match?.[3] ?? defaultPort}@${host}`;
}

function connectable(spec: ConnectionSpec): ConnectionSpec {
  if (spec.kind === 'unix') return spec;
  const local = spec.kind === 'inet6' ? '::1' : 'localhost';
  const host = spec.host === undefined ? local : (ANY.get(spec.host) ?? spec.host);
  return { ...spec, host };
}
