/** rspamd's milter: the proxy worker of its configuration, read without rspamadm, which the daemon may not run. */
import { readText, type HostReader } from '../host/host.ts';
import { fromRspamdSocket } from './spec.ts';
import type { Sourced } from './sh-variables.ts';
import { type UclSetting, uclSettings } from './ucl.ts';

/** The port of the proxy worker where `bind_socket` names none. */
const PROXY_PORT = 11332;
const DEFAULT_SOCKET: Sourced = { value: 'localhost', source: 'built into rspamd' };
const NO = /^(?:no|false|off)$/i;

export interface RspamdProxy {
  /** The first socket of the proxy worker, in libmilter's notation. */
  readonly socket: Sourced;
  /** The line that keeps the worker from speaking the milter protocol, or from running. */
  readonly off: string | undefined;
}

interface ProxySettings {
  readonly sockets: readonly Sourced[];
  /** By key: the lines that turn it off. */
  readonly off: ReadonlyMap<string, string>;
}

/** The proxy worker of the configuration in a directory (`/etc/rspamd`). */
export function rspamdProxy(host: HostReader, directory: string): RspamdProxy {
  let settings: ProxySettings = { sockets: [], off: new Map() };
  // In the order of their priority, as rspamd.conf includes them.
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
    if (text !== undefined) settings = merge(settings, proxySettings(text, whole), path);
  }
  const { value, source } = settings.sockets[0] ?? DEFAULT_SOCKET;
  return {
    socket: { value: fromRspamdSocket(value, PROXY_PORT), source },
    off: [...settings.off.values()][0],
  };
}

/** The settings of the proxy worker: all of its own file, or those of its section. */
function proxySettings(text: string, whole: boolean): UclSetting[] {
  return uclSettings(text).filter(({ sections }) =>
    // Deeper sections (`upstream "local" { ... }`) have settings of their own.
    whole ? sections.length === 0 : sections.length === 1 && isProxy(sections[0]!),
  );
}

function isProxy(section: string): boolean {
  return /^\s*worker\b.*\b(?:rspamd_)?proxy\b/.test(section);
}

function merge(settings: ProxySettings, found: readonly UclSetting[], path: string): ProxySettings {
  const off = new Map(settings.off);
  const sockets: Sourced[] = [];
  for (const { key, values, line } of found) {
    const source = `${path}:${line}`;
    const value = values[0] ?? '';
    if (key === 'bind_socket') sockets.push(...values.map((each) => ({ value: each, source })));
    else if (!['milter', 'enabled', 'count'].includes(key)) continue;
    else if (key === 'count' ? value === '0' : NO.test(value)) off.set(key, source);
    else off.delete(key);
  }
  // Several lines of one file make a list; a file of higher priority replaces the list.
  return { sockets: sockets.length > 0 ? sockets : settings.sockets, off };
}
