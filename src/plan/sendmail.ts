/** FreeBSD comes with sendmail; Postfix takes its place as the port's own message says, which the document leaves out. */
import { editorFor } from '../edit/editors.ts';
import { readText, type HostReader } from '../host/host.ts';
import type { DirectorySetup } from '../milters/milter.ts';
import type { Release } from '../platforms/platforms.ts';
import type { RunCommands } from '../change/change.ts';
import type { HostFacts } from './facts.ts';
import type { WantedSettings } from './settings.ts';

const PORTS = '/usr/local/etc/mail';

/** Where sendmail is named: rc.conf, mailer.conf (what /usr/sbin/sendmail runs), and its nightly jobs. */
export function mailerFiles(
  host: HostReader,
  { platform, release }: HostFacts,
): readonly WantedSettings[] {
  if (!platform.comesWithSendmail) return [];
  const isNew = looksAmongPorts(host, release);
  return [
    {
      path: '/etc/rc.conf',
      format: 'shell',
      template: `${platform.name}/etc/rc.conf/postfix`,
      why: 'Start Postfix, not sendmail, at boot.',
      check: { argv: ['sh', '-n', '/etc/rc.conf'] },
    },
    {
      path: isNew ? `${PORTS}/mailer.conf` : '/etc/mail/mailer.conf',
      format: 'key-value',
      template: `${platform.name}/etc/mail/mailer.conf`,
      why: 'Programs that send mail by /usr/sbin/sendmail reach Postfix.',
    },
    {
      path: '/etc/periodic.conf',
      format: 'shell',
      template: `${platform.name}/etc/periodic.conf`,
      why: 'The nightly jobs for sendmail would only complain.',
      check: { argv: ['sh', '-n', '/etc/periodic.conf'] },
    },
  ];
}

/** Where mailer.conf goes, which no package has to bring. */
export function mailerDirectories(
  host: HostReader,
  { platform, release }: HostFacts,
): readonly DirectorySetup[] {
  const wanted = platform.comesWithSendmail && looksAmongPorts(host, release);
  if (!wanted || host.stat(PORTS) !== undefined) return [];
  const owner = { user: 'root', group: platform.rootGroup };
  return [{ path: PORTS, mode: 0o755, owner, why: 'For mailer.conf.' }];
}

/** mailwrapper looks among the ports' files since FreeBSD 10.3. */
function looksAmongPorts(host: HostReader, release: Release): boolean {
  const [major = 0, minor = 0] = release.version.split('.').map(Number);
  return major > 10 || minor >= 3 || host.stat(`${PORTS}/mailer.conf`) !== undefined;
}

/**
 * Stops sendmail before rc.conf forgets its parts: `service sendmail stop` stops those that rc.conf enables. It holds
 * port 25, at least of the loopback address.
 */
export function planSendmailStop(
  host: HostReader,
  { platform }: HostFacts,
): readonly RunCommands[] {
  if (!platform.comesWithSendmail || /^none$/i.test(sendmailEnable(host))) return [];
  return [
    {
      kind: 'service',
      phase: 'files',
      title: 'stop sendmail',
      why: 'It holds port 25, which Postfix needs; a stop after the edit of rc.conf would pass over it.',
      commands: [{ ...platform.services.stop('sendmail'), tolerated: 'sendmail was not running' }],
      undo: [{ ...platform.services.start('sendmail'), tolerated: 'sendmail did not start again' }],
      service: 'sendmail',
      action: 'stop',
    },
  ];
}

function sendmailEnable(host: HostReader): string {
  const files = ['/etc/rc.conf.local', '/etc/rc.conf', '/etc/defaults/rc.conf'];
  const values = files.map((path) =>
    editorFor('shell').read(readText(host, path) ?? '', 'sendmail_enable'),
  );
  return values.find((value) => value !== undefined) ?? 'NO';
}
