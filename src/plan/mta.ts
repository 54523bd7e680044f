/** Postfix, last: main.cf names the manager and nothing but it; then a reload, never a restart. */
import { isServiceEnabled } from '../detect/service-enabled.ts';
import type { HostReader } from '../host/host.ts';
import type { Change, RunCommands } from './change.ts';
import type { HostFacts } from './facts.ts';
import { formerManagerSpecs } from './manager-spec.ts';
import type { Templates } from './package-files.ts';
import { postfixSocket, postfixSpellings } from './postfix-notation.ts';
import { restartOnUndo } from './services.ts';
import { planFiles, type WantedSettings } from './settings.ts';

export interface MtaPlan {
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
}

export interface BehindManager {
  /** Sockets of the milters behind the manager: taken out of Postfix's own lists. */
  readonly specs: readonly string[];
  /** Whether one of them signs mail. */
  readonly signing: boolean;
}

export function planMta(
  host: HostReader,
  facts: HostFacts,
  { specs, signing }: BehindManager,
  values: Readonly<Record<string, string>>,
  templates: Templates,
): MtaPlan {
  const { platform, postfix } = facts;
  const { services, postfixDirectory } = platform;
  // Before Postfix is there, what its package will bring: Debian's smtpd is chrooted.
  const chrooted = facts.postfixInstalled ? postfix.smtpdChrooted : platform.name === 'debian';
  const cleanupChrooted = facts.postfixInstalled ? postfix.cleanupChrooted : chrooted;
  const path = `${postfixDirectory}/main.cf`;
  const settings: WantedSettings = {
    path,
    format: 'main.cf',
    template: `${platform.name}${path}`,
    why: 'Postfix asks the manager about each mail; the milters behind it are not named here.',
    comesWith: 'postfix',
    takeOut: [...specs, ...formerManagerSpecs(platform, facts.managerSpec)].flatMap((spec) =>
      postfixSpellings(spec, postfix.queueDirectory),
    ),
  };
  const signed: WantedSettings = {
    ...settings,
    template: 'common/main.cf/signing',
    why: 'Mail of cron and of the sendmail command is signed, too.',
  };
  const socket = (inChroot: boolean): string =>
    postfixSocket(facts.managerSpec, postfix.queueDirectory, inChroot);
  const files = planFiles(
    host,
    signing ? [settings, signed] : [settings],
    {
      ...values,
      smtpdMilters: socket(chrooted),
      nonSmtpdMilters: cleanupChrooted === chrooted ? '$smtpd_milters' : socket(cleanupChrooted),
    },
    templates,
  );
  const notes = [
    ...files.notes,
    ...postfix.overrides.map(
      ({ service, line, parameter, value }) =>
        `${postfixDirectory}/master.cf:${line}: the service ${service} has its own ${parameter}=${value}; ` +
        'it does not ask the manager. It was left alone.',
    ),
  ];
  const running = facts.running.has('postfix');
  const enable = services.enable('postfix');
  const enabled = isServiceEnabled(host, platform.name, 'postfix') === true;
  if (files.changes.length === 0 && (running || !host.stat(path)) && (enabled || !enable)) {
    return { changes: [], notes };
  }
  const command = (title: string, why: string, fields: Partial<RunCommands>): RunCommands => ({
    kind: 'service',
    phase: 'mta',
    title,
    why,
    commands: [],
    undo: [],
    subjects: ['postfix'],
    ...fields,
  });
  const reload = services.reload('postfix');
  // By then somebody may have stopped it.
  const onUndo = { ...reload, onlyIf: services.status('postfix').argv };
  return {
    notes,
    changes: [
      ...restartOnUndo('on undo: reload Postfix', running ? [onUndo] : [], 'mta'),
      ...files.changes.map((change) => ({ ...change, phase: 'mta' as const })),
      command('check the configuration of Postfix', 'Before it reads it.', {
        kind: 'check',
        commands: [{ argv: ['postfix', 'check'] }],
      }),
      ...(enable && !enabled
        ? [
            command('enable postfix', 'Started at every boot.', {
              action: 'enable',
              commands: [enable],
            }),
          ]
        : []),
      ...(running
        ? []
        : [
            command('start postfix', 'It takes mail from now on.', {
              action: 'start',
              commands: [services.start('postfix')],
              undo: [services.stop('postfix')],
            }),
          ]),
      ...(running || !facts.knowsRunning
        ? [
            command('reload postfix', 'It reads main.cf; no mail waits for it.', {
              action: 'reload',
              commands: [reload],
            }),
          ]
        : []),
    ],
  };
}
