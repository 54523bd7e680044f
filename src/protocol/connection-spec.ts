/** Where a milter listens: `unix:PATH`, `inet:PORT@HOST`, `inet6:PORT@HOST`, as libmilter writes it. */

export type ConnectionSpec =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'inet' | 'inet6'; readonly port: number; readonly host: string | undefined };

/** A connection spec that cannot be used; the message names it and what is wrong. */
export class ConnectionSpecError extends Error {}

/** Longest path of a UNIX socket in bytes that every supported system takes (sun_path of the BSDs less its NUL). */
const LONGEST_UNIX_PATH = 103;

/**
 * Reads a connection spec. A leading `/` is taken as `unix:`, as milter-test-server does; `local:` is `unix:`.
 * @throws ConnectionSpecError
 */
export function parseConnectionSpec(text: string): ConnectionSpec {
  if (text.startsWith('/')) return parseConnectionSpec(`unix:${text}`);
  const colon = text.indexOf(':');
  if (colon < 0) throw new ConnectionSpecError(`spec doesn't have colon: <${text}>`);
  const protocol = text.slice(0, colon);
  const content = text.slice(colon + 1);
  if (content === '') throw new ConnectionSpecError(`spec doesn't have content: <${text}>`);
  switch (protocol) {
    case 'unix':
    case 'local':
      if (Buffer.byteLength(content) > LONGEST_UNIX_PATH) {
        throw new ConnectionSpecError(
          `socket path is longer than ${LONGEST_UNIX_PATH} bytes: <${text}>`,
        );
      }
      return { kind: 'unix', path: content };
    case 'inet':
    case 'inet6':
      return { kind: protocol, ...portAndHost(text, content) };
    default:
      throw new ConnectionSpecError(
        `protocol must be 'unix', 'inet' or 'inet6': <${text}>: <${protocol}>`,
      );
  }
}

/** Writes a spec in the form that {@link parseConnectionSpec} reads. */
export function formatConnectionSpec(spec: ConnectionSpec): string {
  if (spec.kind === 'unix') return `unix:${spec.path}`;
  const host = spec.host === undefined ? '' : `@${bracketed(spec.host)}`;
  return `${spec.kind}:${spec.port}${host}`;
}

function portAndHost(
  text: string,
  content: string,
): { readonly port: number; readonly host: string | undefined } {
  const at = content.indexOf('@');
  const digits = at < 0 ? content : content.slice(0, at);
  if (!/^\d+$/.test(digits)) {
    throw new ConnectionSpecError(`port number has invalid character: <${text}>: <${digits}>`);
  }
  const port = Number(digits);
  if (port > 65535) {
    throw new ConnectionSpecError(`port number should be less than 65536: <${text}>: <${digits}>`);
  }
  const host = at < 0 ? undefined : content.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw new ConnectionSpecError(`spec has an empty host: <${text}>`);
  return { port, host };
}

function bracketed(host: string): string {
  return /^[\d.]+$|:/.test(host) ? `[${host}]` : host;
}
