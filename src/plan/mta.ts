/** Postfix, last: main.cf names the manager and nothing but it; then a reload, never a restart. */
import { isServiceEnabled } from '../detect/service-enabled.ts';
import { editorFor } from '../edit/editors.ts';
import { elementsOf, identityOf } from '../edit/main-cf-list.ts';
import type { HostReader } from '../host/host.ts';
import type {
  Change,
  ChangeService,
  Command,
  ProveAsked,
  ServiceAction,
  WriteFile,
} from '../change/change.ts';
import type { HostFacts } from './facts.ts';
import { formerManagerSpecs } from './manager-spec.ts';
import type { Templates } from './package-files.ts';
import { chrootOf, milters } from '../postfix/askers.ts';
import { postfixSocket, postfixSpellings, reaches, socketOf } from '../postfix/notation.ts';
import { readPostfix } from '../postfix/postfix.ts';
import { withPlannedFiles } from './planned-files.ts';
import { atBoot, restartOnUndo } from './services.ts';
import { planFiles, type WantedSettings } from './settings.ts';
import { unfilteredNotes } from './unfiltered.ts';

export interface MtaPlan {
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
}

export interface BehindManager {
  /** Sockets of a manager that ours takes the place of: they leave Postfix's own lists. */
  readonly specs: readonly string[];
  /** Those of the milters behind ours, as Postfix writes them: likewise. */
  readonly elements: readonly string[];
  /** Names of those milters. */
  readonly names: readonly string[];
  /** Whether one of them signs mail. */
  readonly signing: boolean;
}

function written({ postfix }: HostFacts, parameter: string): string {
  return postfix.parameters.setting(parameter)?.value ?? '';
}

/** Whether mail that does not come by SMTP is handed to one of them now. */
function asksForLocalMail(facts: HostFacts, takenOut: readonly string[]): boolean {
  const { parameters } = facts.postfix;
  // What follows the other list needs no list of its own.
  const listed = elementsOf(written(facts, 'non_smtpd_milters'))
    .filter(({ text }) => !/^\$[{(]?smtpd_milters\b/.test(text))
    .flatMap(({ text }) => milters(parameters.expanded(text)).map(identityOf));
  return takenOut.some((element) => listed.includes(identityOf(element)));
}

/** A list of its own stays one: what `smtpd_milters` keeps beside the manager is not asked about local mail. */
function hasOwnLocalList(facts: HostFacts): boolean {
  const listed = elementsOf(written(facts, 'non_smtpd_milters')).map(({ text }) => text);
  return listed.length > 0 && !listed.some((text) => /^\$[{(]?smtpd_milters\b/.test(text));
}

/** The list of the template and what the host's own has beside it: a milter set up by hand may need that. */
function withOwnMacros(
  facts: HostFacts,
  settings: WantedSettings,
  template: string,
): WantedSettings[] {
  const words = (list: string | undefined): string[] =>
    elementsOf(list ?? '').map(({ text }) => text);
  const bare = (word: string): string => word.replace(/^\{(.*)\}$/, '$1');
  const own = words(written(facts, 'milter_mail_macros'));
  const ours = words(editorFor('main.cf').read(template, 'milter_mail_macros'));
  const missing = (list: readonly string[], from: readonly string[]): string[] =>
    list.filter((word) => !from.some((each) => bare(each) === bare(word)));
  if (missing(own, ours).length === 0) return [];
  const text = `milter_mail_macros = ${[...own, ...missing(ours, own)].join(' ')}\n`;
  return [{ ...settings, text }];
}

/**
 * The manager's socket as main.cf has it already, if all that ask milters find it there; else as all of them will. Before
 * Postfix is there, its package decides who is chrooted.
 */
function managerElement({ postfix, platform, postfixInstalled, managerSpec }: HostFacts): string {
  const { askers, queueDirectory } = postfix;
  const there = elementsOf(postfix.parameters.value('smtpd_milters'))
    .map(({ text }) => socketOf(text))
    .find((each) =>
      askers.every(({ chrooted }) => reaches(each, managerSpec, { chrooted, queueDirectory })),
    );
  const chrooted = postfixInstalled ? chrootOf(askers) : platform.chrootsSmtpd;
  return there ?? postfixSocket(managerSpec, queueDirectory, chrooted);
}

function asPlanned(host: HostReader, changes: readonly WriteFile[]): HostReader {
  return withPlannedFiles(host, new Map(changes.map(({ path, after }) => [path, after ?? ''])));
}

export function planMta(
  host: HostReader,
  facts: HostFacts,
  { specs, elements, names, signing }: BehindManager,
  values: Readonly<Record<string, string>>,
  templates: Templates,
): MtaPlan {
  const { platform, postfix } = facts;
  const { services, postfixDirectory } = platform;
  const path = `${postfixDirectory}/main.cf`;
  const ours = managerElement(facts);
  // Ours, too, where it is written so that some service does not find it.
  const managers = [
    ...specs,
    ...formerManagerSpecs(platform, facts.managerSpec),
    facts.managerSpec,
  ];
  const takeOut = [
    ...elements,
    ...managers.flatMap((spec) => postfixSpellings(spec, postfix.queueDirectory)),
  ].filter((each) => identityOf(each) !== identityOf(ours));
  const settings: WantedSettings = {
    path,
    format: 'main.cf',
    template: `${platform.name}${path}`,
    why: 'Postfix asks the manager about each mail; the milters behind it are not named here.',
    comesWith: 'postfix',
    takeOut,
  };
  const signed: WantedSettings = {
    ...settings,
    template: 'common/main.cf/signing',
    why: 'Mail of cron and of the sendmail command is signed, too.',
  };
  const files = planFiles(
    host,
    [
      settings,
      ...withOwnMacros(facts, settings, templates.read(settings.template)),
      ...(signing || asksForLocalMail(facts, takeOut) ? [signed] : []),
    ],
    {
      ...values,
      smtpdMilters: ours,
      nonSmtpdMilters: hasOwnLocalList(facts) ? ours : '$smtpd_milters',
    },
    templates,
  );
  const notes = [
    ...files.notes,
    ...unfilteredNotes(
      readPostfix(asPlanned(host, files.changes), postfixDirectory),
      facts.managerSpec,
      names,
    ),
    ...keptAction(path, written(facts, 'milter_default_action'), values['defaultAction']),
    ...localOnly(path, written(facts, 'inet_interfaces')),
  ];
  const running = facts.running.has('postfix');
  const enable = atBoot(host, 'postfix', services.enable('postfix'));
  const disable = atBoot(host, 'postfix', services.disable('postfix'));
  const enabled = isServiceEnabled(host, platform.init, 'postfix') === true;
  if (files.changes.length === 0 && (running || !host.stat(path)) && (enabled || !enable)) {
    return { changes: [], notes };
  }
  const service = (
    action: ServiceAction,
    why: string,
    command: Command,
    undo?: Command,
  ): ChangeService => ({
    kind: 'service',
    phase: 'mta',
    title: `${action} postfix`,
    why,
    commands: [command],
    undo: undo ? [undo] : [],
    service: 'postfix',
    action,
  });
  const reload = services.reload('postfix');
  // By then somebody may have stopped it.
  const onUndo = { ...reload, onlyIf: services.status('postfix').argv };
  return {
    notes,
    changes: [
      ...restartOnUndo('reload Postfix', running ? [onUndo] : [], 'mta'),
      ...files.changes.map((change) => ({ ...change, phase: 'mta' as const })),
      {
        kind: 'check',
        phase: 'mta',
        title: 'check the configuration of Postfix',
        why: 'Before it reads it.',
        commands: [{ argv: ['postfix', 'check'] }],
        undo: [],
        of: 'postfix',
      },
      ...(enable && !enabled ? [service('enable', 'Started at every boot.', enable, disable)] : []),
      ...(running
        ? []
        : [
            service('start', 'It takes mail from now on.', services.start('postfix'), {
              ...services.stop('postfix'),
              onlyIf: services.status('postfix').argv,
            }),
          ]),
      ...(running || !facts.knowsRunning
        ? [service('reload', 'It reads main.cf; no mail waits for it.', reload)]
        : []),
      ...(facts.hasPorts ? [proveAsked(facts)] : []),
    ],
  };
}

/** Mails that reach the manager do not show that Postfix hands it any: a chroot, a right or a setting may be in between. */
function proveAsked({ platform, managerSpec, metricsSpec, manager }: HostFacts): ProveAsked {
  return {
    kind: 'prove-asked',
    phase: 'mta',
    title: 'prove that Postfix asks the manager',
    why: 'A session with each of its ports, without a recipient; the manager keeps whose mail it was asked about.',
    commands: [],
    undo: [],
    postfixDirectory: platform.postfixDirectory,
    spec: managerSpec,
    statusSpec: metricsSpec,
    historyDirectory: manager.manager.history ?? platform.historyDirectory,
  };
}

/** One that we do not suggest, and that somebody has chosen. */
function keptAction(path: string, own: string, wanted: string | undefined): readonly string[] {
  if (own !== wanted || own === 'accept' || own === 'tempfail') return [];
  return [
    `${path}: milter_default_action = ${own} stays, for the manager and the milters behind it`,
  ];
}

const LOOPBACK = ['localhost', 'loopback-only', '127.0.0.1', '::1', '[::1]'];

/** Red Hat's main.cf comes so: nothing is wrong with the filters, and yet no mail ever meets them. */
function localOnly(path: string, interfaces: string): readonly string[] {
  const names = interfaces.split(/[\s,]+/).filter((name) => name !== '');
  if (names.length === 0 || names.some((name) => !LOOPBACK.includes(name))) return [];
  return [
    `${path}: inet_interfaces = ${names.join(', ')}: Postfix takes mail from this host only. It was left alone. For ` +
      'mail from outside: postconf -e inet_interfaces=all, then restart Postfix.',
  ];
}
