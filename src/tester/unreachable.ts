/** Why a milter cannot be reached, as far as this machine tells, and what to do next. */

import { accessSync, constants, readFileSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { formatConnectionSpec, type ConnectionSpec } from '../protocol/connection-spec.ts';

const START = 'Is the service running? Look with: milter-setup status';

/**
 * @param code of the system's error, such as ENOENT
 * @returns sentences; undefined where there is nothing to tell beyond the error
 */
export function likelyCause(spec: ConnectionSpec, code: string): string | undefined {
  if (spec.kind !== 'unix') return causeOfTcp(spec, code);
  switch (code) {
    case 'ENOENT':
      return `${absent(spec.path)} ${START}`;
    case 'ECONNREFUSED':
    case 'ENOTSOCK':
      return isSocket(spec.path)
        ? 'The socket is there, but nobody listens: a service that has ended left it behind. Start the service again.'
        : `${spec.path} is no socket. Look with: ls -l ${spec.path}`;
    case 'EAGAIN':
      return 'The service does not take connections: it hangs, or has more than it can serve. Look into its log.';
    case 'EACCES':
    case 'EPERM':
      return denial(spec);
    default:
      return undefined;
  }
}

function causeOfTcp(
  { host, port }: Exclude<ConnectionSpec, { kind: 'unix' }>,
  code: string,
): string | undefined {
  const where = host ?? 'this host';
  switch (code) {
    case 'ECONNREFUSED':
      return `Nothing listens at port ${port} of ${where}. ${START}`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${where} does not answer. Is the address right, and does a firewall let port ${port} through?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${where} is not known here. Write an address, or look at /etc/hosts and the DNS.`;
    default:
      return undefined;
  }
}

function absent(path: string): string {
  const directory = dirname(path);
  return statOf(directory) === undefined
    ? `There is no directory ${directory} either; a service makes its socket when it starts.`
    : 'A service makes its socket when it starts.';
}

/** The first thing on the way that this user may not pass, and who may. */
function denial(spec: ConnectionSpec & { readonly kind: 'unix' }): string | undefined {
  const { path } = spec;
  const ways = waysTo(path).map((each) => [each, constants.X_OK, 0o010, 'enter'] as const);
  const stop = [...ways, [path, constants.W_OK, 0o020, 'write to'] as const].find(
    ([each, right]) => !mayPass(each, right),
  );
  const stats = stop && statOf(stop[0]);
  if (stop === undefined || stats === undefined) return undefined;
  const [place, , groupRight, verb] = stop;
  const me = nameOf('/etc/passwd', process.geteuid?.() ?? -1);
  const owner = nameOf('/etc/passwd', stats.uid);
  const group = nameOf('/etc/group', stats.gid);
  const others = stats.mode & groupRight ? ` and members of the group ${group}` : '';
  return (
    `${me} may not ${verb} ${place} (${modeOf(stats)} ${owner}:${group}); ${owner}${others} may. ` +
    `Try: sudo -u ${owner} milter-test-server -s ${formatConnectionSpec(spec)}`
  );
}

/** Every directory above a path, from the root. */
function waysTo(path: string): readonly string[] {
  const directory = dirname(path);
  return directory === path ? [] : [...waysTo(directory), directory];
}

function mayPass(path: string, right: number): boolean {
  try {
    accessSync(path, right);
    return true;
  } catch {
    return false;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isSocket(path: string): boolean {
  return statOf(path)?.isSocket() === true;
}

/** As `ls -l` shows it. */
function modeOf(stats: Stats): string {
  const bits = 'rwxrwxrwx'.replace(/./g, (letter, at: number) =>
    stats.mode & (0o400 >> at) ? letter : '-',
  );
  return `${stats.isDirectory() ? 'd' : stats.isSocket() ? 's' : '-'}${bits}`;
}

/** The name of an account or group, or its number. */
function nameOf(file: string, id: number): string {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    const found = lines.find((line) => line.split(':')[2] === String(id));
    return found?.split(':')[0] ?? String(id);
  } catch {
    return String(id);
  }
}
