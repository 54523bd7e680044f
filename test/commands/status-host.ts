/** A Debian host that is set up, as `milter-setup status` meets it: its files, and what its commands say. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { loadVerb } from '../../src/commands/load-verb.ts';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createLog } from '../../src/apply/log.ts';
import { parseArguments } from '../../src/cli/program.ts';
import type { Host } from '../../src/host/host.ts';
import { openTreeHost } from '../../src/host/tree.ts';
import { decideStyle } from '../../src/ui/style.ts';
import { createUi } from '../../src/ui/ui.ts';
import { afterThisFile } from '../cleanup.ts';

const QUEUE = '/var/spool/postfix';
const MANAGER = `${QUEUE}/milter-manager/milter-manager.sock`;
const METRICS = `${QUEUE}/milter-manager/private/metrics.sock`;
const UNITS = '/usr/lib/systemd/system';
const WANTS = '/etc/systemd/system/multi-user.target.wants';

const FILES: Readonly<Record<string, string>> = {
  '/etc/os-release': 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\npostfix:x:100:100::/:/usr/sbin/nologin\nmilter-manager:x:101:101::/:/usr/sbin/nologin\n',
  '/etc/group': 'root:x:0:\npostfix:x:100:\nmilter-manager:x:101:\n',
  '/usr/bin/node': '',
  '/usr/local/sbin/milter-manager': '',
  '/usr/local/bin/milter-test-server': '',
  '/etc/milter-manager/milter-manager.ini': `[manager]\nconnection_spec = unix:${MANAGER}\nmetrics = unix:${METRICS}\n`,
  '/etc/postfix/main.cf':
    'compatibility_level = 3.6\nsmtpd_milters = unix:/milter-manager/milter-manager.sock\n',
  '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\ncleanup unix n - y - 0 cleanup\n',
  '/usr/sbin/milter-greylist': '',
  '/etc/milter-greylist/greylist.conf': 'socket "/run/milter-greylist/milter-greylist.sock" 660\n',
  '/usr/sbin/opendkim': '',
  '/etc/opendkim.conf': 'Mode v\nSocket local:/run/opendkim/opendkim.sock\n',
};
const SERVICES = ['postfix', 'milter-manager', 'milter-greylist', 'opendkim'];

export interface StatusHost {
  readonly root: string;
  /** Services that run; all of them to begin with. */
  readonly running: Set<string>;
  /** What the test client prints and exits with, for a user and a socket; it gets through where nothing is said. */
  readonly refuses: Map<string, { readonly exitCode: number; readonly stderr: string }>;
  /** What a mail comes to, by the end of the socket's path and the sample: `pass`, or `reject [550]<5.7.1>(text)`. */
  readonly verdicts: Map<string, string>;
  /** The argvs of the test client. */
  readonly tried: string[][];
  /** What it was given to play. */
  readonly said: (string | undefined)[];
  /** `nobody`: an ordinary user. */
  user: 'root' | 'nobody';
  /** What `postconf` knows. */
  readonly settings: Map<string, string>;
  /** Its unit is installed, and not enabled any more. */
  disable(service: string): void;
  write(path: string, text: string): void;
  /** Serves `GET /status` where the manager would. */
  tells(status: object): Promise<void>;
  /** Types `milter-setup WORDS`. */
  type(...words: readonly string[]): Promise<{ readonly code: number; readonly text: string }>;
}

export function statusHost(): StatusHost {
  const root = mkdtempSync(join(tmpdir(), 'status-'));
  afterThisFile(() => rmSync(root, { recursive: true }));
  chmodSync(root, 0o755);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o755 });
  };
  for (const [path, text] of Object.entries(FILES)) write(path, text);
  mkdirSync(join(root, WANTS), { recursive: true });
  for (const name of SERVICES) {
    const text = `[Service]\nExecStart=/usr/sbin/${name}\n[Install]\nWantedBy=multi-user.target\n`;
    write(`${UNITS}/${name}.service`, text);
    symlinkSync(`${UNITS}/${name}.service`, join(root, WANTS, `${name}.service`));
  }
  const host: StatusHost = {
    ...{
      root,
      write,
      running: new Set(SERVICES),
      refuses: new Map(),
      verdicts: new Map(),
      settings: new Map(),
      tried: [],
      said: [],
      user: 'root',
    },
    async tells(status) {
      const server = createServer((request, response) => {
        response.writeHead(request.url === '/status' ? 200 : 404).end(JSON.stringify(status));
      });
      afterThisFile(() => server.close());
      mkdirSync(dirname(join(root, METRICS)), { recursive: true });
      await new Promise<void>((resolve) => server.listen(join(root, METRICS), resolve));
    },
    disable: (service) => rmSync(join(root, WANTS, `${service}.service`)),
    type: (...words) => type(host, words),
  };
  return host;
}

export const SOCKETS = {
  manager: `unix:${MANAGER}`,
  greylist: 'unix:/run/milter-greylist/milter-greylist.sock',
  opendkim: 'unix:/run/opendkim/opendkim.sock',
};

/** What dpkg-query prints for `-f '${Package} ${Version} ${db:Status-Status}\n'` (dpkg 1.22). */
const DPKG =
  'milter-greylist 4.6.4-6 installed\nopendkim 2.11.0~beta2-9 installed\nclamav-milter 1.4.3 config-files\npostfix 3.10.4-1 installed\n';

function commandsOf(host: StatusHost): Host {
  return {
    ...openTreeHost(host.root),
    runs: true,
    writable: host.user === 'root',
    run(argv, options) {
      const say = (exitCode: number, stdout: string, stderr = '') =>
        Promise.resolve({ argv, exitCode, stdout, stderr });
      const program = argv[0]!.split('/').at(-1);
      if (program === 'systemctl') return say(host.running.has(argv.at(-1)!) ? 0 : 3, '');
      if (program === 'dpkg-query') return say(1, DPKG, 'no packages found matching rspamd\n');
      if (program === 'milter-manager') return say(0, 'milter-manager 0.1.0\n');
      if (program === 'postconf') {
        const values = argv.slice(1).map((name) => `${name} = ${host.settings.get(name) ?? ''}\n`);
        return say(0, values.join(''));
      }
      if (program !== 'milter-test-server') return say(127, '', 'not found');
      host.tried.push([...argv]);
      host.said.push(options?.input);
      const refusal = host.refuses.get(`${argv[2]!} ${argv[4]!}`);
      if (refusal) return say(refusal.exitCode, '', refusal.stderr);
      const value = (option: string) => argv[argv.indexOf(option) + 1]!;
      if (!argv.includes('--sample')) return say(0, '');
      const mail = `${value('-s').split('/').at(-1)!} ${value('--sample')}`;
      const verdict = host.verdicts.get(mail) ?? 'pass';
      const met = value('--expect').split(',').includes(verdict.split(' ')[0]!);
      return say(met ? 0 : 9, `${JSON.stringify(resultOf(verdict))}\n`);
    },
  };
}

/** As `milter-test-server --json` prints it (src/tester/result.ts). */
function resultOf(verdict: string): object {
  const [, status, code, enhanced, text] =
    /^(\S+)(?: \[(\d+)\]<([\d.]+)>\((.*)\))?$/.exec(verdict) ?? [];
  const reply = code === undefined ? {} : { reply: { code, enhanced, lines: [text] } };
  return { schema: 1, status, ...reply, elapsedMilliseconds: 128 };
}

async function type(
  host: StatusHost,
  words: readonly string[],
): Promise<{ readonly code: number; readonly text: string }> {
  const parsed = parseArguments(words);
  if ('text' in parsed) throw new Error('no run');
  const { verb, options, arguments: rest, verbOptions, flags } = parsed.run;
  const output = new PassThrough({ highWaterMark: 1 << 24 });
  const stream = output as unknown as NodeJS.WriteStream;
  const signal = new AbortController().signal;
  const style = decideStyle({ environment: {}, isTTY: false, when: 'never', verbose: false });
  const errors = new PassThrough() as unknown as NodeJS.WriteStream;
  const input = new PassThrough() as unknown as NodeJS.ReadStream;
  const { json } = options;
  const ui = createUi({
    ...{ input, output: stream, errors, style, signal },
    ...{ json, interactive: false, yes: false, verbose: false },
  });
  const { run } = await loadVerb(verb.name);
  const code = await run({
    ...{
      host: commandsOf(host),
      options,
      version: '0',
      verb: verb.name,
      arguments: rest,
      verbOptions,
    },
    ...{ given: { flags, environment: {} }, ui, log: createLog(), signal, urgentSignal: signal },
    program: ['milter-setup'],
  });
  output.end();
  let text = '';
  for await (const chunk of output) text += (chunk as Buffer).toString();
  return { code, text };
}
