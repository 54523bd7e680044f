/** Mail servers that cannot be installed together with Postfix: their packages, and where their mail waits. */

export interface OtherMta {
  readonly title: string;
  readonly packages: RegExp;
  readonly queue?: {
    readonly directories: readonly string[];
    /** The names of its files, one a message. */
    readonly message: RegExp;
    /** Tries to deliver all of it now. */
    readonly flush: string;
  };
  /** Variables that a shell could read, and the one that names the host through which all mail is sent. */
  readonly smarthost?: { readonly file: string; readonly variable: string };
}

export const OTHER_MTAS: readonly OtherMta[] = [
  {
    title: 'Exim',
    packages: /^exim4?(?:-|$)/,
    // exim4(8), spool files: ID-H is the envelope of a message, below one directory a letter where the spool is split.
    queue: {
      directories: ['/var/spool/exim4/input', '/var/spool/exim/input'],
      message: /-H$/,
      flush: 'exim4 -qff',
    },
    smarthost: { file: '/etc/exim4/update-exim4.conf.conf', variable: 'dc_smarthost' },
  },
  {
    title: 'Sendmail',
    packages: /^sendmail(?:-bin|-base|-cf)?$/,
    queue: { directories: ['/var/spool/mqueue'], message: /^qf/, flush: 'sendmail -q' },
  },
  {
    title: 'OpenSMTPD',
    packages: /^opensmtpd$/,
    queue: {
      directories: ['/var/spool/smtpd/queue'],
      message: /^[0-9a-f]{8}$/,
      flush: 'smtpctl schedule all',
    },
  },
  {
    title: 'nullmailer',
    packages: /^nullmailer$/,
    queue: {
      directories: ['/var/spool/nullmailer/queue'],
      message: /^\d/,
      flush: 'nullmailer-send -d',
    },
  },
  {
    title: 'DMA',
    packages: /^dma$/,
    queue: { directories: ['/var/spool/dma'], message: /^Q/, flush: 'dma -q' },
  },
  { title: 'msmtp', packages: /^msmtp-mta$/ },
  { title: 'sSMTP', packages: /^ssmtp$/ },
  { title: 'Courier', packages: /^courier-mta$/ },
  { title: 'esmtp', packages: /^esmtp-run$/ },
];
