/** The hosts on which the wizard runs with stand-ins: a fresh system, whose packages bring their files when installed. */
import { standIn, type StandInHost } from './stand-in-session.ts';

export function freebsd10(): StandInHost {
  const host = standIn({
    ...{ tree: 'freebsd-10', commands: 'freebsd', release: 10 },
    without: ['usr/local/etc'],
  });
  host.set('runs-sendmail');
  return host;
}

/** 14 and 15: dma delivers local mail, sendmail is there and off; since 15 its script may not be there at all. */
export function freebsd(version: '14.2' | '15.0'): StandInHost {
  const host = standIn({
    ...{ tree: 'freebsd-current', commands: 'freebsd', release: 14 },
    without: ['usr/local'],
    files: {
      'etc/os-release': `NAME=FreeBSD\nID=freebsd\nVERSION_ID="${version}"\n`,
      'etc/rc.conf': 'hostname="mail.example.com"\nsshd_enable="YES"\n',
      'etc/passwd':
        'root:*:0:0:Charlie &:/root:/bin/csh\nmailnull:*:26:26::/var/spool/mqueue:/usr/sbin/nologin\n',
      'etc/group': 'wheel:*:0:root\nmail:*:6:\nmailnull:*:26:\n',
      'etc/mail/mailer.conf': 'sendmail\t/usr/libexec/dma\nmailq\t\t/usr/libexec/dma\n',
    },
  });
  if (version === '15.0') host.set('no-sendmail');
  return host;
}

/** @param selinux its /etc/selinux/config */
export function centos6(selinux: string | undefined): StandInHost {
  return standIn({
    ...{ tree: 'centos-6', commands: 'centos6', release: 6 },
    without: ['etc/mail', 'etc/postfix', 'etc/clamav-milter.conf', 'etc/sysconfig'],
    ...(selinux !== undefined && { files: { 'etc/selinux/config': selinux } }),
  });
}

const RED_HATS = {
  'RHEL 8': [8, 'ID="rhel"\nVERSION_ID="8.10"\nPRETTY_NAME="Red Hat Enterprise Linux 8.10"\n'],
  'AlmaLinux 9': [
    9,
    'ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.6"\nPRETTY_NAME="AlmaLinux 9.6"\n',
  ],
  'CentOS Stream 10': [
    10,
    'ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="10"\nPRETTY_NAME="CentOS Stream 10"\n',
  ],
} as const;
export type RedHat = keyof typeof RED_HATS;

/** SELinux enforces on all of them but RHEL 8 here, where it is off. */
export function redhat(name: RedHat): StandInHost {
  const [release, osRelease] = RED_HATS[name];
  const selinux = name !== 'RHEL 8';
  const host = standIn({
    ...{ tree: 'rhel-10', commands: 'redhat', release },
    files: {
      'etc/os-release': osRelease,
      'etc/selinux/config': `SELINUX=${selinux ? 'enforcing' : 'disabled'}\n`,
    },
  });
  if (selinux) host.set('selinux');
  return host;
}

/** Only root can give a directory to its owner; others find it to be done each time. */
export const owns = process.geteuid?.() === 0;
