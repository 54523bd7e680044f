/** What a host needs to be tested with mails: names for the clients, a mailbox, and signatures for clamd. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { BootedHost } from './host.ts';
import { addClientAddresses, CLIENTS, EICAR, RECIPIENT } from './mail.ts';
import { useOwnNameServer } from './name-server.ts';

const HOOK = '/etc/apt/apt.conf.d/99-keep-etc';
/** A copy of /etc as the packages left it, before anybody edited a file. */
export const STOCK_ETC = '/root/etc-of-the-packages';

/** Names the clients, answers for all other names, and gives alice a mailbox. Done before anything of ours runs. */
export async function prepareForMail(
  host: BootedHost,
  nameServer: 'answering' | 'silent' = 'answering',
): Promise<void> {
  const names = CLIENTS.map(({ address, name }) => `${address} ${name}\n`);
  fs.appendFileSync(join(host.root, 'etc/hosts'), names.join(''));
  await useOwnNameServer(host, nameServer);
  await host.run('useradd', '--create-home', RECIPIENT);
  await addClientAddresses(host);
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
