/** The settings of the milters that the tests of interoperation run, as their manuals want them. */
import type { BootedHost } from './host.ts';
import { DOMAIN, serveNames, txt, write } from './interop-host.ts';
import { DIAL_UP, PRIVATE, WELL_NAMED, type Client } from './mail.ts';

/** Our own name in Authentication-Results. */
export const AUTHSERV = 'mx.example.test';
/** Its mail comes from WELL_NAMED; it asks to refuse what is not proved. */
export const SENDER_DOMAIN = 'sender.example';
/** It sends no mail at all, says its SPF record. */
export const SILENT_DOMAIN = 'silent.example';

/** Makes a key that signs for both domains, and serves it with the other records. */
export async function nameEverybody(
  host: BootedHost,
  clients: readonly Client[] = [WELL_NAMED, DIAL_UP, PRIVATE],
): Promise<void> {
  await host.run('opendkim-genkey', '-D', '/etc/dkimkeys', '-d', DOMAIN, '-s', 's1');
  await host.run('chown', 'opendkim:', '/etc/dkimkeys/s1.private');
  const zone = host.read('/etc/dkimkeys/s1.txt').toString();
  const key = [...zone.matchAll(/"([^"]*)"/g)].map((match) => match[1]).join('');
  await serveNames(host, [
    ...clients.map(({ address, name }) => `host-record=${name},${address}`),
    ...[DOMAIN, SENDER_DOMAIN].map((domain) => txt(`s1._domainkey.${domain}`, key)),
    txt(SENDER_DOMAIN, `v=spf1 ip4:${WELL_NAMED.address} ~all`),
    txt(`_dmarc.${SENDER_DOMAIN}`, 'v=DMARC1; p=reject'),
    txt(SILENT_DOMAIN, 'v=spf1 -all'),
    ...[DOMAIN, SENDER_DOMAIN, SILENT_DOMAIN].map((name) => `mx-host=${name},${WELL_NAMED.name}`),
  ]);
}

/** Signs what comes from 10.44.0.0/16, verifies the rest. */
export function configureOpendkim(host: BootedHost, ...more: readonly string[]): void {
  write(
    host,
    '/etc/opendkim.conf',
    lines(
      'Syslog yes',
      'UserID opendkim',
      'UMask 007',
      'Socket local:/run/opendkim/opendkim.sock',
      'PidFile /run/opendkim/opendkim.pid',
      `Domain ${DOMAIN},${SENDER_DOMAIN}`,
      'Selector s1',
      'KeyFile /etc/dkimkeys/s1.private',
      'InternalHosts 127.0.0.1,10.44.0.0/16',
      `AuthservID ${AUTHSERV}`,
      'AlwaysAddARHeader yes',
      'Nameservers 127.0.0.1',
      ...more,
    ),
  );
}

/** Believes our own Authentication-Results, and refuses as the senders' policies ask. */
export function configureOpendmarc(host: BootedHost): void {
  write(host, '/etc/opendmarc-ignored', lines('127.0.0.1', '10.44.0.0/16'));
  write(
    host,
    '/etc/opendmarc.conf',
    lines(
      'Syslog true',
      'UserID opendmarc',
      'UMask 0002',
      'Socket local:/run/opendmarc/opendmarc.sock',
      'PidFile /run/opendmarc/opendmarc.pid',
      'PublicSuffixList /usr/share/publicsuffix/public_suffix_list.dat',
      `AuthservID ${AUTHSERV}`,
      `TrustedAuthservIDs ${AUTHSERV}`,
      'RejectFailures true',
      'IgnoreHosts /etc/opendmarc-ignored',
    ),
  );
}

export function configurePyspf(host: BootedHost): void {
  write(
    host,
    '/etc/pyspf-milter/pyspf-milter.conf',
    lines(
      'debugLevel = 1',
      'TestOnly = 1',
      'HELO_reject = False',
      'Mail_From_reject = Fail',
      'PermError_reject = False',
      'TempError_Defer = False',
      'skip_addresses = 127.0.0.0/8,::1',
      'Socket = inet:8893@localhost',
      'PidFile = /run/pyspf-milter/pyspf-milter.pid',
      'UserID = pyspf-milter',
      'InternalHosts = 127.0.0.1',
      `Authserv_Id = ${AUTHSERV}`,
    ),
  );
}

/** Everybody that it is asked about waits a few seconds, and one recipient wants no mail at all. */
export function configureGreylist(host: BootedHost, delay: number): void {
  write(
    host,
    '/etc/milter-greylist/greylist.conf',
    lines(
      'pidfile "/var/run/milter-greylist.pid"',
      'socket "/var/run/milter-greylist/milter-greylist.sock" 660',
      'dumpfile "/var/lib/milter-greylist/greylist.db" 600',
      'user "greylist"',
      'quiet',
      'subnetmatch /24',
      `racl blacklist rcpt blocked@${DOMAIN} msg "No mail for this one"`,
      `racl greylist default delay ${delay}s autowhite 1h`,
    ),
  );
}

/** Rejects instead of quarantining; the rest as the package has it. */
export async function configureClamavMilter(host: BootedHost): Promise<void> {
  const path = '/etc/clamav/clamav-milter.conf';
  await host.run('sed', '-i', 's/^OnInfected .*/OnInfected Reject/', path);
}

/** Rejects from 15 points on; no question to any network. */
export function configureSpamass(host: BootedHost, ...more: readonly string[]): void {
  write(
    host,
    '/etc/default/spamass-milter',
    lines('OPTIONS="-u spamass-milter -i 127.0.0.1 -m -r 15"', ...more),
  );
  write(
    host,
    '/etc/spamassassin/local.cf',
    lines('dns_available no', 'skip_rbl_checks 1', 'use_bayes 0', 'use_razor2 0'),
  );
}

function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

/** Asks two verifiers that do not know the manager: Mail::DKIM (`pass`, `fail (...)`) and libopendkim (exit code). */
export async function verifySignature(
  host: BootedHost,
  { raw }: { readonly raw: string },
): Promise<{ readonly perl: string; readonly opendkim: number }> {
  const mail = raw.slice(raw.indexOf('DKIM-Signature:'));
  write(host, '/root/signed.eml', Buffer.from(mail.replaceAll('\n', '\r\n'), 'latin1'));
  const program = 'my $v = Mail::DKIM::Verifier->new; $v->load(*STDIN); print $v->result_detail';
  const inShell = (command: string) => host.exec('sh', '-c', `${command} </root/signed.eml`);
  const { output } = await inShell(`perl -MMail::DKIM::Verifier -e '${program}'`);
  const { exitCode } = await inShell('opendkim-testmsg');
  return { perl: output, opendkim: exitCode };
}
