/** What a host needs to be tested with mails: names for the clients, a mailbox, and signatures for clamd. */
import { lookup } from 'node:dns/promises';
import fs from 'node:fs';
import { join } from 'node:path';
import type { BootedHost } from './host.ts';
import { addClientAddresses, CLIENTS, EICAR, RECIPIENT } from './mail.ts';

const HOOK = '/etc/apt/apt.conf.d/99-keep-etc';
/** A copy of /etc as the packages left it, before anybody edited a file. */
export const STOCK_ETC = '/root/etc-of-the-packages';

/** Names the clients, and gives alice a mailbox. Done before anything of ours runs. */
export async function prepareForMail(host: BootedHost): Promise<void> {
  const names = CLIENTS.map(({ address, name }) => `${address} ${name}\n`);
  fs.appendFileSync(join(host.root, 'etc/hosts'), names.join(''));
  await doWithoutNameServer(host);
  await host.run('useradd', '--create-home', RECIPIENT);
  await addClientAddresses(host);
}

/**
 * Whoever asks for a name is refused at once, but for the packages' servers. milter-greylist (SPF), SpamAssassin and
 * freshclam ask for names; a server that is slow for a moment would decide what a test sees.
 */
async function doWithoutNameServer(host: BootedHost): Promise<void> {
  const sources = host.read('/etc/apt/sources.list').toString();
  const servers = new Set(
    [...sources.matchAll(/^deb\s.*?https?:\/\/([^/:\s]+)/gm)].map(([, name]) => name!),
  );
  for (const server of servers) {
    const addresses = await lookup(server, { all: true });
    const lines = addresses.map(({ address }) => `${address} ${server}\n`);
    fs.appendFileSync(join(host.root, 'etc/hosts'), lines.join(''));
  }
  fs.writeFileSync(join(host.root, 'etc/resolv.conf'), 'nameserver 127.0.0.1\n');
}

/** A database of one signature, EICAR's: clamd starts with it and needs no download. */
export function putSignatures(host: BootedHost): void {
  const directory = join(host.root, 'var/lib/clamav');
  fs.mkdirSync(directory, { recursive: true });
  const signature = Buffer.from(EICAR, 'latin1').toString('hex');
  fs.writeFileSync(join(directory, 'eicar.ndb'), `Eicar-Test-Signature:0:*:${signature}\n`);
  // The unit of clamd asks for these two, under any of their names.
  for (const name of ['main.inc', 'daily.inc']) fs.writeFileSync(join(directory, name), '');
}

/** From now on dpkg copies /etc to STOCK_ETC whenever it has finished. */
export function keepStockEtc(host: BootedHost): void {
  const command = `rm -rf ${STOCK_ETC}; cp -a /etc ${STOCK_ETC}`;
  fs.writeFileSync(join(host.root, HOOK), `DPkg::Post-Invoke { "${command}"; };\n`);
}

export function keepStockEtcNoMore(host: BootedHost): void {
  fs.rmSync(join(host.root, HOOK));
  fs.rmSync(join(host.root, STOCK_ETC, HOOK.replace('/etc/', '')));
}
