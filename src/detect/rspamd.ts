/** rspamd's milter: the proxy worker of its configuration, read without rspamadm, which the daemon may not run. */
import { readText, type HostReader } from '../host/host.ts';
import { normaliseRspamdSocket } from './spec.ts';
import type { Sourced } from './sh-variables.ts';

/** The port of the proxy worker where `bind_socket` names none, and the whole default. */
const PROXY_PORT = 11332;
const DEFAULT_SOCKET = `localhost:${PROXY_PORT}`;

/** The proxy worker's settings; what comes later has the higher priority. */
interface ProxySettings {
  readonly sockets: readonly Sourced[];
  readonly milter: boolean;
  readonly running: boolean;
}

/** The first socket of the proxy worker; undefined where no worker speaks the milter protocol. */
export function rspamdSocket(host: HostReader, directory: string): Sourced | undefined {
  const settings = readProxy(host, directory);
  if (!settings.milter || !settings.running) return undefined;
  const [first] = settings.sockets;
  if (first === undefined) {
    return {
      value: normaliseRspamdSocket(DEFAULT_SOCKET, PROXY_PORT),
      source: 'built into rspamd',
    };
  }
  return { value: normaliseRspamdSocket(first.value, PROXY_PORT), source: first.source };
}

function readProxy(host: HostReader, directory: string): ProxySettings {
  let settings: ProxySettings = { sockets: [], milter: true, running: true };
  const pieces: readonly (readonly [path: string, whole: boolean])[] = [
    [`${directory}/rspamd.conf`, false],
    [`${directory}/worker-proxy.inc`, true],
    [`${directory}/rspamd.conf.local`, false],
    [`${directory}/local.d/worker-proxy.inc`, true],
    [`${directory}/override.d/worker-proxy.inc`, true],
    [`${directory}/rspamd.conf.override`, false],
  ];
  for (const [path, whole] of pieces) {
    const text = readText(host, path);
    if (text !== undefined) settings = merge(settings, proxyLines(text, whole), path);
  }
  return settings;
}

interface NumberedLine {
  readonly text: string;
  readonly number: number;
}

/** The lines that concern the proxy worker: all of its own file, or those of its section. */
function proxyLines(text: string, whole: boolean): NumberedLine[] {
  const lines: NumberedLine[] = [];
  let depth = 0;
  let inside = whole;
  text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/#.*$/, '');
    if (!whole && depth === 0) inside = /^\s*worker\b.*\b(?:rspamd_)?proxy\b/.test(line);
    // Deeper sections (`upstream "local" { ... }`) have settings of their own.
    if (inside && depth === (whole ? 0 : 1)) lines.push({ text: line, number: index + 1 });
    depth += (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length;
  });
  return lines;
}

function merge(
  settings: ProxySettings,
  lines: readonly NumberedLine[],
  path: string,
): ProxySettings {
  let { milter, running } = settings;
  const sockets: Sourced[] = [];
  for (const { text, number } of lines) {
    const match = /^\s*"?(bind_socket|milter|enabled|count)"?\s*[=:]?\s*(.*)$/.exec(text);
    if (!match) continue;
    const value = match[2]!.replace(/[;\s]+$/, '');
    if (match[1] === 'milter') milter = !/^(?:no|false|off)$/i.test(value);
    else if (match[1] === 'enabled') running = !/^(?:no|false|off)$/i.test(value);
    else if (match[1] === 'count') running &&= Number(value) !== 0 || value === '';
    else
      sockets.push(
        ...elements(value).map((each) => ({ value: each, source: `${path}:${number}` })),
      );
  }
  // Several lines of one file make a list; a file of higher priority replaces the list.
  return { sockets: sockets.length > 0 ? sockets : settings.sockets, milter, running };
}

/** One value, or those of `[ "a", "b" ]`. */
function elements(value: string): string[] {
  const quoted = [...value.matchAll(/"([^"]*)"/g)].map((match) => match[1]!);
  return quoted.length > 0
    ? quoted
    : [value.replace(/^\[|\]$/g, '').trim()].filter((each) => each !== '');
}
