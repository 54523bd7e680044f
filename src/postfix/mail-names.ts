/** What a host calls itself in mail: for signatures and Authentication-Results. From files alone. */
import { readText, type HostReader } from '../host/host.ts';
import type { Parameters } from './parameters.ts';

export interface MailNames {
  /** Postfix's `myhostname`, or the host's own full name; undefined where no file tells one. */
  readonly host: string | undefined;
  /** The domain of its mail addresses: /etc/mailname, or `mydomain`, or the host's name without its first label. */
  readonly domain: string | undefined;
  /** In which file the domain was found, and as what. */
  readonly domainFrom: string | undefined;
}

export function readMailNames(host: HostReader, parameters: Parameters): MailNames {
  const name = full(parameters.value('myhostname')) ?? full(ownName(host));
  const mailname = readText(host, '/etc/mailname')?.split('\n')[0]?.trim();
  const mydomain = parameters.setting('mydomain');
  // Debian's mailname is the host's full name on many hosts; mail addresses are seldom at that.
  const found = [
    { domain: full(mailname === name ? undefined : mailname), from: '/etc/mailname' },
    {
      domain: full(parameters.value('mydomain')),
      from: `mydomain in ${mydomain?.source.replace(/:\d+$/, '') ?? ''}`,
    },
    { domain: name === undefined ? undefined : domainOf(name), from: `the host's name, ${name}` },
  ].find(({ domain }) => domain !== undefined);
  return { host: name, domain: found?.domain, domainFrom: found?.from };
}

const full = (name: string | undefined): string | undefined =>
  name !== undefined && /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(name) && !name.startsWith('localhost')
    ? name.toLowerCase()
    : undefined;

/** /etc/hostname, rc.conf's `hostname`, sysconfig's `HOSTNAME`; a short one in full as /etc/hosts has it. */
function ownName(host: HostReader): string | undefined {
  const variable = (path: string, key: string): string | undefined =>
    new RegExp(`^${key}="?([^"\\s#]+)`, 'm').exec(readText(host, path) ?? '')?.[1];
  const name =
    readText(host, '/etc/hostname')?.trim() ||
    variable('/etc/rc.conf', 'hostname') ||
    variable('/etc/sysconfig/network', 'HOSTNAME');
  if (!name || name.includes('.')) return name;
  const lines = (readText(host, '/etc/hosts') ?? '').split('\n');
  const names = lines.map((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  return names.find((each) => each.includes(name))?.find((each) => each.startsWith(`${name}.`));
}

/** `mail.example.com` has its mail at example.com, `example.com` at itself. */
function domainOf(name: string): string {
  const labels = name.split('.');
  return labels.length > 2 ? labels.slice(1).join('.') : name;
}
