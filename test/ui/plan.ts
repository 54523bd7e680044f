/** A plan made by hand: a piece of a fresh Debian host's. */
import type { Plan } from '../../src/change/change.ts';

export const PLAN: Plan = {
  changes: [
    {
      kind: 'install-packages',
      phase: 'packages',
      title: 'Install postfix and milter-greylist',
      why: 'Postfix receives the mail; milter-greylist delays unknown senders.',
      commands: [
        {
          argv: [
            'apt-get',
            'install',
            '--yes',
            '-o',
            'DPkg::Lock::Timeout=120',
            'postfix',
            'milter-greylist',
          ],
          environment: { DEBIAN_FRONTEND: 'noninteractive' },
        },
      ],
      undo: [],
      packages: ['postfix', 'milter-greylist'],
    },
    {
      kind: 'make-directory',
      phase: 'directories',
      title: 'Make the directory of the socket',
      why: 'The service may not make it itself.',
      path: '/run/milter manager',
      mode: 0o750,
      owner: { user: 'milter-manager', group: 'postfix' },
    },
    {
      kind: 'write-file',
      phase: 'files',
      title: 'Greylist by default',
      why: 'Without this line milter-greylist delays nobody.',
      path: '/etc/milter-greylist/greylist.conf',
      before: undefined,
      after: 'racl greylist default\n',
      comesWith: 'milter-greylist',
    },
    {
      kind: 'write-file',
      phase: 'files',
      title: 'Postfix asks the manager',
      why: 'One entry for all milters.',
      path: '/etc/postfix/main.cf',
      before: '# caf\xc3\xa9\nmyhostname = mail.example.com\nsmtpd_milters =\n',
      after: '# caf\xc3\xa9\nmyhostname = mail.example.com\nsmtpd_milters = inet:127.0.0.1:10025\n',
      mode: 0o640,
      owner: { user: 'root', group: 'postfix' },
    },
    {
      kind: 'service',
      phase: 'services',
      title: 'Start clamav-milter',
      why: 'It scans mail for viruses.',
      requires: {
        anyOf: ['/var/lib/clamav/main.c?d'],
        otherwise: 'there are no virus signatures yet',
        finish: 'freshclam && systemctl start clamav-milter',
      },
      commands: [
        { argv: ['systemctl', 'start', 'clamav-milter'], tolerated: 'it may be running' },
        { argv: ['logger', "it's up; $HOME"] },
      ],
      undo: [],
      service: 'clamav-milter',
      action: 'start',
    },
  ],
  notes: ['smtpd_milters held inet:localhost:8891: it stays, before the manager.'],
};
