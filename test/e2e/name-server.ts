/**
 * A name server for a host that answers at once: no name but those in its /etc/hosts exists. milter-greylist (SPF),
 * SpamAssassin and freshclam ask for names; one that is slow for a moment would decide what a test sees.
 */
import { lookup } from 'node:dns/promises';
import fs from 'node:fs';
import { join } from 'node:path';
import type { BootedHost } from './host.ts';

const PROGRAM = '/opt/name-server.cjs';
const UNIT = 'test-name-server.service';

/** Answers each question with NXDOMAIN (RFC 1035 4.1.1: response, recursion available, code 3). */
const ANSWERING = `
const server = require('node:dgram').createSocket('udp4');
server.on('message', (query, { port, address }) => {
  let end = 12;
  while (query[end] > 0) end += query[end] + 1;
  const answer = Buffer.from(query.subarray(0, end + 5));
  answer.writeUInt16BE(0x8183, 2);
  for (const count of [6, 8, 10]) answer.writeUInt16BE(0, count);
  server.send(answer, port, address);
});
server.bind(53, '127.0.0.1');
`;

/** Takes each question and says nothing, as one behind a firewall does. */
const SILENT = "require('node:dgram').createSocket('udp4').bind(53, '127.0.0.1');\n";

const UNIT_TEXT = `[Unit]
DefaultDependencies=no
Before=basic.target
[Service]
ExecStart=/usr/bin/node ${PROGRAM}
[Install]
WantedBy=basic.target
`;

export async function useOwnNameServer(
  host: BootedHost,
  kind: 'answering' | 'silent' = 'answering',
): Promise<void> {
  const write = (path: string, text: string) => fs.writeFileSync(join(host.root, path), text);
  const servers = host
    .read('/etc/apt/sources.list')
    .toString()
    .matchAll(/^deb\s.*?https?:\/\/([^/:\s]+)/gm);
  for (const server of new Set([...servers].map(([, name]) => name!))) {
    for (const { address } of await lookup(server, { all: true })) {
      fs.appendFileSync(join(host.root, 'etc/hosts'), `${address} ${server}\n`);
    }
  }
  write(PROGRAM, kind === 'silent' ? SILENT : ANSWERING);
  write(`/etc/systemd/system/${UNIT}`, UNIT_TEXT);
  await host.run('systemctl', 'enable', '--now', '--quiet', UNIT);
  write('/etc/resolv.conf', 'nameserver 127.0.0.1\n');
}
