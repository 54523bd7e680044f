/** Users and groups of a host, from its own /etc/passwd and /etc/group (passwd(5), group(5)). */
import { type HostReader, readText } from './host.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  /** The number of the user's own group. */
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export function userNamed(host: HostReader, name: string): User | undefined {
  const fields = rows(host, '/etc/passwd').find(([first]) => first === name);
  if (fields === undefined) return undefined;
  const [, , uid, gid, , home = '', shell = ''] = fields;
  return isNumber(uid) && isNumber(gid)
    ? { name, uid: Number(uid), gid: Number(gid), home, shell }
    : undefined;
}

export function groupNamed(host: HostReader, name: string): Group | undefined {
  return groups(host).find((group) => group.name === name);
}

export function groupNumbered(host: HostReader, gid: number): Group | undefined {
  return groups(host).find((group) => group.gid === gid);
}

/** Names of the groups that a user is in, the user's own group first; empty where there is no such user. */
export function groupsOf(host: HostReader, user: string): readonly string[] {
  const own = userNamed(host, user)?.gid;
  if (own === undefined) return [];
  const all = groups(host);
  return [
    ...all.filter(({ gid }) => gid === own),
    ...all.filter(({ gid, members }) => gid !== own && members.includes(user)),
  ].map(({ name }) => name);
}

function groups(host: HostReader): readonly Group[] {
  return rows(host, '/etc/group').flatMap(([name = '', , gid, members = '']) =>
    isNumber(gid)
      ? [{ name, gid: Number(gid), members: members.split(',').filter((each) => each !== '') }]
      : [],
  );
}

/** Lines of NIS (`+`, `-`) and comments (FreeBSD has them) name nobody. */
function rows(host: HostReader, path: string): readonly (readonly string[])[] {
  return (readText(host, path) ?? '')
    .split('\n')
    .filter((line) => !/^\s*(#|[+-]|$)/.test(line))
    .map((line) => line.split(':'));
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}
