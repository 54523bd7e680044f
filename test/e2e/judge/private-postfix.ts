/** Debian's Postfix as a private instance on loopback: its own configuration, queue and ports; the system's is not touched. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why it cannot run here; undefined where it can. */
export function whyNoPostfix(): string | undefined {
  if (process.geteuid?.() !== 0) return '(skipped: needs root)';
  const needed = ['/usr/sbin/postfix', '/usr/lib/postfix/sbin/master'];
  const missing = needed.find((path) => !fs.existsSync(path));
  return missing === undefined ? undefined : `(skipped: there is no ${missing})`;
}

/** A directory that every user may enter, in memory where that is possible: Postfix syncs each mail to its disk. */
export function openDirectory(name: string): string {
  const parent = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = fs.mkdtempSync(join(parent, name));
  fs.chmodSync(directory, 0o755);
  return directory;
}

export interface Service {
  readonly name: string;
  /** As smtpd_milters takes them. */
  readonly milters: readonly string[];
}

/** A process of Postfix was killed by a signal in the middle of a session. */
export class SmtpdDied extends Error {
  constructor(
    readonly signal: number,
    log: string,
  ) {
    super(`smtpd died of signal ${signal}:\n${log}`);
  }
}

const QUEUES = ['incoming', 'active', 'deferred', 'hold', 'maildrop'] as const;

/** Nothing that Postfix does against floods and mistakes may be in the way: tests make both. */
const UNLIMITED = [
  ...[
    'smtpd_error_sleep_time=0',
    'in_flow_delay=0',
    'service_throttle_time=1s',
    'smtpd_client_connection_count_limit=0',
  ],
  ...['smtpd_soft_error_limit', 'smtpd_hard_error_limit', 'smtpd_junk_command_limit'].map(
    (name) => `${name}=1000000`,
  ),
];

export class PrivatePostfix {
  readonly #directory: string;
  readonly #ports = new Map<string, number>();
  #log = '';
  #read = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * @param directory an empty one that all users may enter
   * @param sink port of the LMTP server on loopback to which everything is delivered
   * @param settings of main.cf, beside our own
   */
  static async start(
    directory: string,
    services: readonly Service[],
    sink: number,
    settings: readonly string[] = [],
  ): Promise<PrivatePostfix> {
    const postfix = new PrivatePostfix(directory);
    for (const name of ['etc', 'queue', 'data', 'log']) fs.mkdirSync(join(directory, name));
    execFileSync('chown', ['postfix', join(directory, 'data')]);
    for (const { name } of services) postfix.#ports.set(name, await freePort());
    fs.writeFileSync(join(directory, 'etc/main.cf'), postfix.#mainCf(sink, settings));
    fs.writeFileSync(join(directory, 'etc/master.cf'), postfix.#masterCf(services));
    postfix.#command('start');
    for (const name of postfix.#ports.keys()) await postfix.#answers(name);
    return postfix;
  }

  port(service: string): number {
    return this.#ports.get(service)!;
  }

  stop(): void {
    this.#command('stop');
  }

  /** Its log so far. */
  get log(): string {
    const path = join(this.#directory, 'log/mail');
    const file = fs.openSync(path, 'r');
    const { size } = fs.fstatSync(file);
    if (size > this.#read) {
      const more = Buffer.alloc(size - this.#read);
      this.#read += fs.readSync(file, more, 0, more.length, this.#read);
      this.#log += more.toString('latin1');
    }
    fs.closeSync(file);
    return this.#log;
  }

  /** Throws away what the log said so far. */
  forgetLog(): void {
    this.#log = this.log && '';
  }

  /**
   * Waits until the log says that the client of this port is gone.
   * @throws SmtpdDied where smtpd fell over it
   */
  async saidGoodbye(clientPort: number): Promise<void> {
    const goodbye = new RegExp(`: disconnect from \\S+:${clientPort} `);
    const hello = new RegExp(`/smtpd\\[(\\d+)\\]: connect from \\S+:${clientPort}$`, 'm');
    for (let tries = 0; tries < 2000; tries += 1) {
      if (goodbye.test(this.log)) return;
      const process = hello.exec(this.#log)?.[1];
      const death = new RegExp(`pid ${process} killed by signal (\\d+)`).exec(this.#log);
      if (death) throw new SmtpdDied(Number(death[1]), this.#log);
      await sleep(tries < 50 ? 2 : 5);
    }
    throw new Error(`Postfix does not end the session of port ${clientPort}:\n${this.#log}`);
  }

  /** Waits until a mail that was taken has left the queue, or lies in `hold`. */
  async settled(id: string): Promise<'gone' | 'held'> {
    let absent = 0;
    for (let tries = 0; tries < 4000; tries += 1) {
      const queue = QUEUES.find((name) => fs.existsSync(join(this.#directory, 'queue', name, id)));
      if (queue === 'hold') return 'held';
      // It may be on its way from one queue to the next.
      absent = queue === undefined ? absent + 1 : 0;
      if (absent === 3) return 'gone';
      if (absent === 0) await sleep(2);
    }
    throw new Error(`${id} stays in the queue:\n${this.log}`);
  }

  /** A mail in the queue, as postcat shows its envelope and content. */
  show(id: string): string {
    return execFileSync('postcat', ['-c', join(this.#directory, 'etc'), '-qehb', id], {
      encoding: 'latin1',
    });
  }

  #command(verb: string): void {
    execFileSync('postfix', ['-c', join(this.#directory, 'etc'), verb], { stdio: 'pipe' });
  }

  async #answers(service: string): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if (this.log.includes('daemon started')) return;
      await sleep(20);
    }
    throw new Error(`Postfix does not start ${service}:\n${this.log}`);
  }

  #mainCf(sink: number, settings: readonly string[]): string {
    const directory = this.#directory;
    const transport = `lmtp:inet:127.0.0.1:${sink}`;
    return [
      ...[
        'compatibility_level=3.6',
        `queue_directory=${directory}/queue`,
        'hash_queue_names=defer',
      ],
      ...[`data_directory=${directory}/data`, `maillog_file=${directory}/log/mail`],
      ...[`maillog_file_prefixes=${directory}`, 'mynetworks=127.0.0.0/8', 'inet_protocols=ipv4'],
      ...[
        'inet_interfaces=127.0.0.1',
        'myhostname=mx.judge.example',
        'mydestination=',
        'local_recipient_maps=',
      ],
      ...[`default_transport=${transport}`, `relay_transport=${transport}`, 'notify_classes='],
      ...['smtpd_peername_lookup=no', 'smtpd_client_port_logging=yes', 'smtputf8_enable=no'],
      ...['smtpd_tls_security_level=none', 'alias_maps=', 'local_header_rewrite_clients='],
      ...['lmtp_line_length_limit=0', 'lmtp_tls_security_level=none', 'lmtp_host_lookup=native'],
      'smtpd_recipient_restrictions=check_recipient_access inline:{{unknown@judge.example=550 5.1.1 nobody}},permit',
      'smtpd_relay_restrictions=permit_mynetworks,reject',
      ...['milter_protocol=6', 'milter_default_action=tempfail', ...UNLIMITED, ...settings, ''],
    ].join('\n');
  }

  #masterCf(services: readonly Service[]): string {
    const smtpd = services.map(
      ({ name, milters }) =>
        `127.0.0.1:${this.port(name)} inet n - n - - smtpd\n` +
        `  -o smtpd_milters=${milters.join(',')}\n  -o syslog_name=judge-${name}\n`,
    );
    return [
      ...smtpd,
      'cleanup unix n - n - 0 cleanup\n',
      'qmgr unix n - n 300 1 qmgr\n',
      'rewrite unix - - n - - trivial-rewrite\n',
      ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce\n`),
      'showq unix n - n - - showq\n',
      'error unix - - n - - error\n',
      'retry unix - - n - - error\n',
      'lmtp unix - - n - - lmtp\n',
      'anvil unix - - n - 1 anvil\n',
      'postlog unix-dgram n - n - 1 postlogd\n',
    ].join('');
  }
}

/** The system gives one that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
