/** How Postfix writes a milter's socket: `unix:PATH` below its queue directory when chrooted, `inet:HOST:PORT`. */

/** A socket that we write as `spec` (`unix:/path`, `inet:port@host`) as smtpd must find it in main.cf. */
export function postfixSocket(spec: string, queueDirectory: string, chrooted: boolean): string {
  const inet = /^(inet6?):(\d+)@(.*)$/.exec(spec);
  if (inet) return `${inet[1]!}:${inet[3]!}:${inet[2]!}`;
  const path = spec.replace(/^unix:/, '');
  const inside = path.startsWith(`${queueDirectory}/`);
  return `unix:${chrooted && inside ? path.slice(queueDirectory.length) : path}`;
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
