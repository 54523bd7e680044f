/** Hosts for the tests of interoperation: packages, a name server, mailboxes, and the manager as it was built. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { boot, whyNoHosts, type BootedHost, type Outcome } from './host.ts';

const TOP = new URL('../..', import.meta.url).pathname;
export const PROGRAMS = '/opt/milter-manager';
const INI = '/etc/milter-manager/milter-manager.ini';
export const MANAGER = `${PROGRAMS}/milter-manager.cjs`;
export const DOMAIN = 'example.test';

/** Why these tests cannot run here; undefined where they can. */
export function whyNoInterop(): string | undefined {
  const built = fs.existsSync(join(TOP, 'dist/milter-manager.cjs'));
  return whyNoHosts() ?? (built ? undefined : 'dist/milter-manager.cjs is not built');
}

/** Boots a host with the built programs in it. @param number the last part of its address, 80 to 99 */
export async function bootInterop(
  name: string,
  image: Parameters<typeof boot>[1],
  number: number,
): Promise<BootedHost> {
  const host = await boot(name, image, number);
  for (const program of fs.readdirSync(join(TOP, 'dist')).filter((file) => file.endsWith('.cjs'))) {
    write(host, `${PROGRAMS}/${program}`, fs.readFileSync(join(TOP, 'dist', program)));
  }
  return host;
}

export function write(host: BootedHost, path: string, content: string | Buffer): void {
  const file = join(host.root, path);
  fs.mkdirSync(join(file, '..'), { recursive: true });
  fs.writeFileSync(file, content);
}

/** Installs packages one list after the other; the first is the MTA, which others look for when they are installed. */
export async function install(host: BootedHost, ...lists: readonly (readonly string[])[]) {
  const apt = (...words: readonly string[]) =>
    host.run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...words);
  await apt('update');
  for (const list of lists) await apt('install', '-y', '--no-install-recommends', ...list);
}

/** Waits until a service that was started also listens. */
export async function listening(host: BootedHost, port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { exitCode } = await host.inNetwork('bash', '-c', `: </dev/tcp/127.0.0.1/${port}`);
    if (exitCode === 0) return;
    await sleep(100);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** Answers for the names of the tests, and for nothing else; each record is a line of dnsmasq.conf(5). */
export async function serveNames(host: BootedHost, records: readonly string[]): Promise<void> {
  const lines = ['no-resolv', 'no-hosts', 'local=/#/', 'listen-address=127.0.0.1', ...records];
  write(host, '/etc/dnsmasq.interop', lines.map((line) => `${line}\n`).join(''));
  await host.run('systemd-run', '--unit=names', 'dnsmasq', '-k', '-C', '/etc/dnsmasq.interop');
  write(host, '/etc/resolv.conf', 'nameserver 127.0.0.1\n');
}

/** A TXT record; strings hold at most 255 bytes. */
export function txt(name: string, text: string): string {
  const pieces = text.match(/.{1,250}/g) ?? [''];
  return `txt-record=${name},${pieces.map((piece) => `"${piece}"`).join(',')}`;
}

export async function addUsers(host: BootedHost, ...users: readonly string[]): Promise<void> {
  for (const user of users) await host.run('useradd', '--create-home', user);
}

/** The milter manager, under systemd, with an ini of the test's own. */
export class InstalledManager {
  readonly #host: BootedHost;
  #ini: string;

  private constructor(host: BootedHost, ini: string) {
    this.#host = host;
    this.#ini = ini;
  }

  /** Started as root, so that it gives root up by itself. @param groups those of its children's sockets */
  static async start(
    host: BootedHost,
    ini: string,
    groups: readonly string[],
  ): Promise<InstalledManager> {
    const manager = new InstalledManager(host, ini);
    const inGroups = groups.length > 0 ? ['--groups', groups.join(',')] : [];
    await host.run('useradd', '--system', ...inGroups, 'milter-manager');
    write(host, INI, ini);
    const unit = [
      ...['[Service]', 'Type=notify', 'NotifyAccess=all', 'SyslogIdentifier=milter-manager'],
      `ExecStart=/usr/bin/node ${MANAGER} --no-daemon -c /etc/milter-manager`,
      'ExecReload=/bin/kill -HUP $MAINPID',
    ];
    write(host, '/etc/systemd/system/milter-manager.service', `${unit.join('\n')}\n`);
    const socket = /^connection_spec = unix:(.*)\/[^/]+$/m.exec(ini)?.[1];
    if (socket !== undefined) {
      await host.run('install', '-d', '-o', 'milter-manager', '-m', '0755', socket);
    }
    await host.run('systemctl', 'daemon-reload');
    await host.run('systemctl', 'start', 'milter-manager');
    return manager;
  }

  /** Replaces the ini, or adds to it, and says HUP; waits until the log tells what came of it. */
  async reload(change: { readonly whole?: string; readonly more?: string } = {}): Promise<string> {
    write(this.#host, INI, `${change.whole ?? this.#ini}\n${change.more ?? ''}`);
    const before = (await this.log('reloaded[;,]')).length;
    await this.#host.run('systemctl', 'reload', 'milter-manager');
    for (let tries = 0; tries < 100; tries += 1) {
      const line = (await this.log('reloaded[;,]'))[before];
      if (line !== undefined) return line;
      await sleep(50);
    }
    throw new Error('no line about a reload');
  }

  /** The lines of its log so far, or those that match a pattern. */
  async log(pattern = '.'): Promise<readonly string[]> {
    const argv = ['journalctl', '-qo', 'cat', '-u', 'milter-manager', '--grep', pattern];
    return (await this.#host.exec(...argv)).stdout.split('\n').filter((line) => line !== '');
  }

  async showConfig(): Promise<ShownConfig> {
    const argv = [
      'node',
      MANAGER,
      '-c',
      '/etc/milter-manager',
      '--show-config',
      '--format',
      'json',
    ];
    return JSON.parse(await this.#host.run(...argv)) as ShownConfig;
  }

  check(): Promise<Outcome> {
    return this.#host.exec('node', MANAGER, '-c', '/etc/milter-manager', '--check');
  }
}

export interface ShownConfig {
  readonly milters: readonly {
    readonly name: string;
    readonly stage: number;
    readonly enabled: { readonly value: boolean };
    readonly connection_spec: { readonly value: string | null };
  }[];
}

/** Name and socket of the milters that are enabled, in their order. */
export function enabledMilters({ milters }: ShownConfig): readonly string[] {
  return milters
    .filter(({ enabled }) => enabled.value)
    .map(({ name, connection_spec }) => `${name} ${connection_spec.value}`);
}

/** A message with an id of its own. @param more header lines and what else differs from a plain letter */
export function letter(
  more: {
    readonly headers?: readonly string[];
    readonly body?: string;
    readonly from?: string;
  } = {},
): { readonly id: string; readonly bytes: Buffer } {
  const id = `${randomUUID()}@interop`;
  const headers = [
    `From: ${more.from ?? 'bob@sender.example'}`,
    `To: alice@${DOMAIN}`,
    'Subject: lunch on Tuesday',
    'Date: Tue, 17 Nov 2026 12:00:00 +0000',
    `Message-Id: <${id}>`,
    ...(more.headers ?? []),
  ];
  const text = `${headers.join('\r\n')}\r\n\r\n${more.body ?? 'Shall we meet at noon?\r\n'}`;
  return { id, bytes: Buffer.from(text, 'latin1') };
}

export interface DeliveredMail {
  /** Everything after the line `From ` of the mailbox, one character a byte. */
  readonly raw: string;
  /** Name and value as delivered, folded lines included; the name as written. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** The values of a header, unfolded, from the top. */
  all(name: string): readonly string[];
}

/** The mail with this id in a user's mailbox. @throws where it does not arrive within some seconds */
export async function arrived(
  host: BootedHost,
  id: string,
  user = 'alice',
): Promise<DeliveredMail> {
  let before: string | undefined;
  for (let tries = 0; tries < 100; tries += 1) {
    const mail = copies(host, id, user)[0];
    // A long one is written in pieces.
    if (mail && mail.raw === before) return mail;
    before = mail?.raw;
    await sleep(mail ? 30 : 100);
  }
  throw new Error(`<${id}> is not in the mailbox of ${user}`);
}

/** All mails with this id that are in a user's mailbox now. */
export function copies(host: BootedHost, id: string, user = 'alice'): readonly DeliveredMail[] {
  return mailsOf(host, user).filter(({ raw }) => raw.includes(`<${id}>`));
}

/** All mails that are in a user's mailbox now. */
export function mailsOf(host: BootedHost, user: string): readonly DeliveredMail[] {
  const path = `/var/mail/${user}`;
  if (!host.exists(path)) return [];
  const text = host.read(path).toString('latin1');
  // An empty line follows each mail.
  const mails = text.replace(/\n$/, '').split(/(?:^|\n)From \S+ .*\d{4}\n/);
  return mails.filter((raw) => raw !== '').map(readDelivered);
}

function readDelivered(raw: string): DeliveredMail {
  const end = raw.indexOf('\n\n');
  const headers = raw
    .slice(0, end)
    .split(/\n(?![ \t])/)
    .map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    });
  return {
    raw,
    headers,
    body: raw.slice(end + 2),
    all: (name) =>
      headers
        .filter(([each]) => each.toLowerCase() === name.toLowerCase())
        .map(([, value]) => value.replaceAll(/\n[ \t]+/g, ' ').trim()),
  };
}

/** Another service of Postfix, where the milters are named to it without us. */
interface DirectService {
  readonly port: number;
  readonly milters: readonly string[];
  /** Of the sockets. */
  readonly groups: readonly string[];
}

/** The port after that of the direct service: no milter at all. */
export const NO_MILTERS = 1;

/** Port 25 asks the manager only; another port asks the milters directly, and the next one nobody. */
export async function configurePostfix(
  host: BootedHost,
  manager: string,
  direct?: DirectService,
): Promise<void> {
  await host.run(
    ...['postconf', '-e', `smtpd_milters=${manager}`, 'milter_default_action=tempfail'],
    ...[`mydestination=${DOMAIN},localhost`, `myhostname=mx.${DOMAIN}`, 'inet_protocols=ipv4'],
    // Tests come from this machine, whoever they say that they are; nobody else may.
    ...['smtpd_authorized_xclient_hosts=10.77.0.1', 'smtputf8_enable=no', 'mailbox_command='],
    ...['smtpd_error_sleep_time=0', 'smtpd_tls_security_level=none', 'mailbox_size_limit=0'],
  );
  if (direct) {
    const service = (port: number, milters: readonly string[]) =>
      `${port} inet n - n - - smtpd\n  -o smtpd_milters=${milters.join(',')}\n`;
    fs.appendFileSync(
      join(host.root, 'etc/postfix/master.cf'),
      service(direct.port, direct.milters) + service(direct.port + NO_MILTERS, []),
    );
    await host.run('usermod', '--append', '--groups', direct.groups.join(','), 'postfix');
  }
  await host.run('systemctl', 'restart', 'postfix');
}

/** Nothing waits in Postfix's queue: what was accepted is delivered, or gone. */
export async function queueIsEmpty(host: BootedHost): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await host.run('postqueue', '-j')).trim() === '') return;
    await sleep(100);
  }
  throw new Error(await host.run('postqueue', '-p'));
}
