/** Where the manager listens: a socket with rights, or a port where SELinux keeps Postfix from that socket. */
import { dirname } from 'node:path';
import { readSetting } from '../edit/editors.ts';
import { readText, type HostReader } from '../host/host.ts';
import type { Platform } from '../platforms/platform.ts';
import { usesSelinux } from '../platforms/selinux.ts';

/**
 * SELinux lets Postfix connect to the labelled sockets of the milters that it knows and to every TCP port. The manager
 * has no policy of its own, so it takes a port there, open to this host only; the install document turns SELinux's
 * protection of Postfix and of all milters off instead.
 */
const PORT_SPEC = 'inet:11119@127.0.0.1';

/** As the manager's configuration writes it: `unix:/path` or `inet:port@host`. */
export function managerSpec(host: HostReader, platform: Platform): string {
  return platform.confinesPostfix && usesSelinux(host)
    ? PORT_SPEC
    : `unix:${platform.managerSocket}`;
}

/** Where it may have listened before SELinux was turned on or off. */
export function formerManagerSpecs(platform: Platform, now: string): readonly string[] {
  return [PORT_SPEC, `unix:${platform.managerSocket}`].filter((spec) => spec !== now);
}

/**
 * Where it tells its metrics and its status: what its ini says, else a socket in a directory that it makes for itself
 * and its own user beside the socket that Postfix asks.
 */
export function metricsSpec(
  host: HostReader,
  { managerDirectory, managerSocket }: Platform,
): string {
  const ini = readText(host, `${managerDirectory}/milter-manager.ini`) ?? '';
  const own = `unix:${dirname(managerSocket)}/private/metrics.sock`;
  return readSetting('ini', ini, 'manager.metrics') ?? own;
}
