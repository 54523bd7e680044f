/** The stand-ins themselves: a run proves little with commands that never say no. */
import { describe, expect, it } from 'vitest';
import type { StandInHost } from './stand-in-session.ts';
import { centos6, freebsd10, redhat } from './trees.ts';

async function typed(host: StandInHost, line: string): Promise<string> {
  const { exitCode, stdout, stderr } = await host.command(...line.split(' '));
  return `${exitCode === 0 ? 'done' : 'failed'}: ${stdout}${stderr}`;
}

/** Each line in order, with the beginning of what it says. */
type Dialogue = readonly (readonly [line: string, says: RegExp])[];

const FREEBSD: Dialogue = [
  ['service milter-greylist start', /^failed: .*does not exist in \/etc\/rc\.d/],
  ['pkg rquery -U %n milter-greylist', /^failed: .*missing/],
  ['pkg install --yes milter-greylist no-such', /^failed: .*matching 'no-such'/],
  ['service milter-greylist start', /^failed: .*does not exist/],
  ['pkg install --yes milter-greylist', /^done/],
  ['pkg rquery -U %n milter-greylist no-such', /^done: milter-greylist/],
  // What is off is passed over, and that is no failure: `status` says nothing about it.
  ['service milter-greylist start', /^done: .*Set miltergreylist_enable to YES/],
  ['service milter-greylist status', /^done: .*Set miltergreylist_enable to YES/],
  ['service milter-greylist onestatus', /^failed: miltergreylist is not running/],
  ['service milter-greylist onestart', /^failed: [^]*greylist\.conf: No such file/],
  ['service milter-greylist enable', /^failed: [^]*unknown directive/],
  ['/usr/local/bin/milter-greylist -c -f /etc/passwd', /^failed: .*not found/],
  ['/usr/local/libexec/milter-greylist -c -f /etc/passwd', /^done/],
  ['pw groupadd milter-manager', /^done/],
  ['pw groupadd milter-manager', /^failed: .*already exists/],
  ['pw useradd milter-manager -g no-such -G mail -m', /^failed: .*does not exist/],
  ['pw useradd milter-manager -g milter-manager -G mail -m', /^done/],
  ['pw useradd milter-manager -g milter-manager -G mail -m', /^failed: .*already exists/],
  ['pw groupmod mail -m no-such', /^failed: .*does not exist/],
  ['pw userdel milter-manager', /^done/],
  ['pw groupdel milter-manager', /^failed: .*unknown group/],
  ['pkg delete --yes no-such', /^failed: .*No packages matched/],
];

const CENTOS: Dialogue = [
  ['yum install -y clamd', /^failed: No package clamd available\.\n.*Nothing to do/],
  ['yum install -y epel-release', /^done/],
  ['yum install -y clamd no-such', /^done: No package no-such available\./],
  ['chkconfig no-such on', /^failed: .*No such file or directory/],
  ['chkconfig no-header on', /^failed: .*does not support chkconfig/],
  ['service no-such start', /^failed: .*unrecognized service/],
  ['rm -f /var/lib/clamav/main.cvd', /^done/],
  ['service clamd start', /^failed: .*No supported database files/],
  ['usermod -a -G no-such clam', /^failed: .*group 'no-such' does not exist/],
  ['usermod -G clam clam', /^failed/],
  ['semanage port -a -t milter_port_t -p tcp 11120', /^failed: .*not found/],
  ['yum install -y policycoreutils-python', /^done/],
  ['semanage port -a -t milter_port_t -p tcp 11120', /^failed: .*not managed/],
];

const REDHAT: Dialogue = [
  ['systemctl enable no-such', /^failed: .*Unit file no-such\.service does not exist/],
  ['systemctl start no-such', /^failed: .*Unit no-such\.service not found/],
  ['dnf install -y clamd', /^failed: No match for argument: clamd/],
  ['dnf install -y epel-release', /^done/],
  ['dnf install -y opendkim', /^failed: .*nothing provides/],
  ['dnf install -y postfix no-such', /^failed: [^]*Unable to find a match: no-such/],
  ['systemctl enable postfix', /^failed: .*does not exist/],
  ['dnf install -y clamd clamav-freshclam', /^done/],
  ['systemctl enable clamd@scan', /^done/],
  ['systemctl start clamd@scan', /^failed: .*No supported database files/],
  ['systemctl reload clamd@scan', /^failed: .*not active, cannot reload/],
  ['useradd --system --user-group postfix', /^failed: .*already exists/],
  ['gpasswd -d postfix no-such', /^failed: .*does not exist/],
];

const ROWS: readonly (readonly [string, () => StandInHost, Dialogue])[] = [
  ['FreeBSD', freebsd10, FREEBSD],
  ['CentOS 6', () => centos6(undefined), CENTOS],
  ['AlmaLinux 9', () => redhat('AlmaLinux 9'), REDHAT],
];

describe.each(ROWS)('the commands of %s', (_, make, dialogue) => {
  it('say no as the real ones do', { timeout: 60_000 }, async () => {
    const host = make();
    if (make === ROWS[1]![1]) host.write('etc/rc.d/init.d/no-header', '#!/bin/sh\n');
    for (const [line, says] of dialogue) {
      expect([line, await typed(host, line)]).toEqual([line, expect.stringMatching(says)]);
    }
  });
});
