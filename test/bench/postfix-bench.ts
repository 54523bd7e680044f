/**
 * `npm run bench -- --postfix`: mails through a private Postfix with real milters behind it, named in main.cf directly
 * and behind our manager, in turn. Needs root, and Debian's postfix, clamav-milter, opendkim and spamass-milter.
 */
import fs from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDirectory, PrivatePostfix, whyNoPostfix } from '../e2e/judge/private-postfix.ts';
import { playSession, type SmtpSession } from '../e2e/judge/smtp-session.ts';

/** One mail of 4 KB. */
const MAIL: SmtpSession = {
  groups: [
    [{ kind: 'line', text: 'EHLO client.example' }],
    [
      { kind: 'line', text: 'MAIL FROM:<ann@one.example>' },
      { kind: 'line', text: 'RCPT TO:<eve@three.example>' },
      {
        kind: 'data',
        content: `From: ann@one.example\r\nTo: eve@three.example\r\nSubject: lunch\r\n\r\n${'Shall we meet at noon on Tuesday?\r\n'.repeat(110)}`,
        early: false,
      },
    ],
  ],
  end: 'quit',
};

const PROGRAMS = ['clamd', 'clamav-milter', 'opendkim', 'spamd', 'spamass-milter'].map(
  (name) => `/usr/sbin/${name}`,
);
const WAYS = ['direct', 'managed'] as const;
const AT_A_TIME = [1, 10];

interface Figures {
  readonly mailsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** @param seconds that each way is measured in each round */
export async function benchPostfix(rounds: number, seconds: number): Promise<void> {
  const missing = PROGRAMS.find((path) => !fs.existsSync(path));
  const why = whyNoPostfix() ?? (missing && `(skipped: there is no ${missing})`);
  if (why !== undefined) throw new Error(`--postfix ${why}`);
  const directory = openDirectory('bench-');
  const running: ChildProcess[] = [];
  let postfix: PrivatePostfix | undefined;
  try {
    const milters = await startMilters(directory, running);
    const manager = await startManager(directory, milters, running);
    fs.mkdirSync(join(directory, 'postfix'), { mode: 0o755 });
    const services = [
      { name: 'direct', milters },
      { name: 'managed', milters: [manager] },
    ];
    // Nothing is delivered: the port of the sink is never asked.
    postfix = await PrivatePostfix.start(join(directory, 'postfix'), services, 9, [
      ...['default_transport=discard:', 'relay_transport=discard:'],
    ]);
    for (const way of WAYS) await measure(postfix.port(way), 4, 3);
    console.log('      way  at a time   mails/s    p50 ms    p99 ms');
    for (const atATime of AT_A_TIME) {
      const figures = { direct: [] as Figures[], managed: [] as Figures[] };
      for (let round = 0; round < rounds; round += 1)
        for (const way of WAYS)
          figures[way].push(await measure(postfix.port(way), atATime, seconds));
      for (const way of WAYS) console.log(row(way, atATime, figures[way]));
    }
  } finally {
    postfix?.stop();
    for (const child of running.reverse()) child.kill('SIGTERM');
    await sleep(500);
    for (const child of running) child.kill('SIGKILL');
    fs.rmSync(directory, { recursive: true });
  }
}

async function measure(port: number, atATime: number, seconds: number): Promise<Figures> {
  const times: number[] = [];
  const began = performance.now();
  const work = async (): Promise<void> => {
    while (performance.now() - began < seconds * 1000) {
      const start = performance.now();
      const { queueIds, replies } = await playSession(port, MAIL);
      if (queueIds.length !== 1) throw new Error(`a mail was not taken: ${replies.join(' / ')}`);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  const took = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)]!;
  return { mailsPerSecond: times.length / took, p50: at(0.5), p99: at(0.99) };
}

function row(way: string, atATime: number, rounds: readonly Figures[]): string {
  const median = (of: (figures: Figures) => number): string => {
    const sorted = rounds.map(of).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)]!.toFixed(1);
  };
  return [
    way.padStart(9),
    String(atATime).padStart(11),
    median(({ mailsPerSecond }) => mailsPerSecond).padStart(10),
    median(({ p50 }) => p50).padStart(10),
    median(({ p99 }) => p99).padStart(10),
  ].join('');
}

/** clamav-milter with EICAR's signature alone, opendkim, spamass-milter with local tests. @returns smtpd_milters */
async function startMilters(directory: string, running: ChildProcess[]): Promise<string[]> {
  const path = (name: string): string => join(directory, name);
  fs.mkdirSync(path('signatures'));
  const eicar = [
    'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR',
    'STANDARD',
    'ANTIVIRUS',
    'TEST',
    'FILE!$H+H*',
  ];
  const signature = Buffer.from(eicar.join('-'), 'latin1').toString('hex');
  fs.writeFileSync(path('signatures/eicar.ndb'), `Eicar-Test-Signature:0:*:${signature}\n`);
  const write = (name: string, ...lines: readonly string[]): string => {
    fs.writeFileSync(path(name), `${lines.join('\n')}\n`);
    return path(name);
  };
  const clamd = write(
    'clamd.conf',
    ...[`DatabaseDirectory ${path('signatures')}`, `LocalSocket ${path('clamd')}`, 'User root'],
    ...['Foreground yes', `LogFile ${path('clamd.log')}`],
  );
  const clamav = write(
    'clamav-milter.conf',
    ...[
      `MilterSocket ${path('clamav')}`,
      'MilterSocketMode 666',
      `ClamdSocket unix:${path('clamd')}`,
    ],
    ...['OnInfected Reject', 'AddHeader Replace', 'Foreground yes', 'User root'],
  );
  const opendkim = write(
    'opendkim.conf',
    ...[`Socket local:${path('opendkim')}`, 'Mode v', 'UserID root', 'UMask 000', 'Syslog no'],
  );
  const start = (program: string, ...argv: readonly string[]): void => {
    running.push(spawn(`/usr/sbin/${program}`, argv, { stdio: 'ignore' }));
  };
  start('clamd', '-c', clamd);
  start('spamd', '-L', '-m', '10', '-x', '--socketpath', path('spamd'), '--socketmode', '666');
  start('opendkim', '-f', '-x', opendkim);
  await appear(path('clamd'));
  await appear(path('spamd'));
  start('clamav-milter', '-c', clamav);
  start('spamass-milter', '-p', path('spamass'), '--', '-U', path('spamd'));
  const sockets = ['spamass', 'clamav', 'opendkim'].map(path);
  for (const socket of sockets) await appear(socket);
  for (const socket of sockets) fs.chmodSync(socket, 0o666);
  return sockets.map((socket) => `unix:${socket}`);
}

async function startManager(
  directory: string,
  milters: readonly string[],
  running: ChildProcess[],
): Promise<string> {
  const socket = join(directory, 'manager');
  const sections = ['spamass-milter', 'clamav-milter', 'opendkim'].map(
    (name, index) => `[milter.${name}]\nconnection_spec = ${milters[index]}\nafter =\n`,
  );
  fs.writeFileSync(
    join(directory, 'milter-manager.ini'),
    `[manager]\ndetect = no\nconnection_spec = unix:${socket}\nunix_socket_mode = 0666\n` +
      `[log]\nuse_syslog = no\npath = ${directory}/manager.log\n${sections.join('')}`,
  );
  const program = join(dirname(process.argv[1]!), 'milter-manager.cjs');
  const argv = [program, '-c', directory, '--no-daemon'];
  running.push(spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] }));
  await appear(socket);
  return `unix:${socket}`;
}

async function appear(path: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (fs.existsSync(path)) return;
    await sleep(100);
  }
  throw new Error(`${path} did not appear`);
}
