/** A flow of mail from outside that never ends by itself: GTUBE and EICAR in turn, each attempt with its reply. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import type { BootedHost } from './host.ts';
import { EICAR, GTUBE, RECIPIENT, WELL_NAMED } from './mail.ts';

/** One attempt; where nobody listened there is no entry. */
export interface Attempt {
  /** Milliseconds since 1970, when the last reply came. */
  readonly at: number;
  readonly mail: 'gtube' | 'eicar';
  /** The reply that decided, to the message or the first refusal; 0 where the connection broke. */
  readonly code: number;
  readonly text: string;
}

export interface MailFlow {
  attempts(): readonly Attempt[];
  stop(): Promise<readonly Attempt[]>;
}

/** Runs in the network of the host, as a program of its own, so that the client has an address from outside. */
const CLIENT = `
const net = require('node:net');
const fs = require('node:fs');
const [, out, server, client, name, to, gtube, eicar] = process.argv;
const bodies = { gtube, eicar };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
function attempt(mail) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: server, port: 25, localAddress: client });
    let connected = false, seen = '', step = 0, last = '';
    const lines = ['EHLO ' + name, 'MAIL FROM:<bob@' + name + '>', 'RCPT TO:<' + to + '>', 'DATA',
      'From: bob@' + name + '\\r\\nTo: ' + to + '\\r\\nSubject: ' + mail + '\\r\\n\\r\\n' + bodies[mail] + '\\r\\n.'];
    const end = (code, text) => { socket.destroy(); resolve(connected ? { mail, code, text } : undefined); };
    socket.setTimeout(90000, () => end(0, 'no answer'));
    socket.on('connect', () => { connected = true; });
    socket.on('error', (error) => end(0, String(error)));
    socket.on('close', () => end(0, 'closed after: ' + last));
    socket.on('data', (data) => {
      seen += data.toString('latin1');
      for (let at; (at = seen.indexOf('\\r\\n')) >= 0; ) {
        const line = seen.slice(0, at);
        seen = seen.slice(at + 2);
        if (/^\\d{3}-/.test(line)) continue;
        last = line;
        const code = Number(line.slice(0, 3));
        if (code >= 400 || step === lines.length) return end(code, line);
        socket.write(lines[step++] + '\\r\\n');
      }
    });
  });
}
(async () => {
  for (let count = 0; ; count++) {
    const one = await attempt(count % 2 === 0 ? 'gtube' : 'eicar');
    if (one) fs.appendFileSync(out, JSON.stringify({ at: Date.now(), ...one }) + '\\n');
    await sleep(one ? 200 : 20);
  }
})();
`;

/** @param host with the addresses of the clients on its loopback (`prepareForMail`) */
export function startMailFlow(host: BootedHost): MailFlow {
  const file = join(host.root, 'root/mail-flow.jsonl');
  fs.writeFileSync(file, '');
  const to = `${RECIPIENT}@${host.name}.example.test`;
  const words = [file, host.address, WELL_NAMED.address, WELL_NAMED.name, to, GTUBE, EICAR];
  const child = spawn(
    'nsenter',
    ['-t', host.leader, '-n', process.execPath, '-e', CLIENT, ...words],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const attempts = () =>
    fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Attempt);
  return {
    attempts,
    async stop() {
      child.kill();
      await ended;
      return attempts();
    },
  };
}
