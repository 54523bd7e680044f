/** A plan on half a screen, for somebody who is about to say yes: what comes, what changes, and whether mail pauses. Pure. */
import type { Change, Plan, Requirement, RunCommands, WriteFile } from '../change/change.ts';
import { diffOf } from './show-diff.ts';
import { showNotes } from './show-plan.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

export interface BriefSetup {
  /** What the package manager says of the packages: `41 with all that they need, 29 MB to download`. */
  readonly packages?: string | undefined;
  /** What Postfix asks: the manager, which may be reloaded without it. */
  readonly manager: string;
  /** What Postfix does with a mail while the manager restarts. */
  readonly defaultAction: string;
  /** Whether that what a step waits for is there. */
  readonly isMet: (requirement: Requirement) => boolean;
}

const MARGIN = '  ';
/** Where the second column begins. */
const WIDTH = 10;

/** The notes; then packages, accounts, files with their counts of lines, services, proofs, and what Postfix does. */
export function showBrief(plan: Plan, setup: BriefSetup, style: Style): string {
  const { changes } = plan;
  const lines = [
    style.paint('bold', 'The plan'),
    ...row('packages', packages(changes, setup.packages), style),
    ...row('accounts', accounts(changes), style),
    ...filesOf(changes, style),
    ...row('services', services(changes), style),
    ...row('later', later(changes, setup.isMet), style),
    ...row('proof', proofs(changes), style),
    ...row('mail', mail(changes, setup), style),
  ];
  // The plan is to stand above the question about it, however many notes there are.
  return [showNotes(plan.notes, style), lines.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Each file on a line: new or changed, its path, and how many lines come and go. */
export function showFiles(changes: readonly Change[], style: Style): string {
  const files = changes.filter((change) => change.kind === 'write-file');
  const widest = Math.max(0, ...files.map(({ path }) => path.length));
  return files.map((file) => fileLine(file, widest, style)).join('\n');
}

function filesOf(changes: readonly Change[], style: Style): readonly string[] {
  const text = showFiles(changes, style);
  if (text === '') return [];
  return text
    .split('\n')
    .map(
      (line, index) =>
        MARGIN + style.paint('bold', (index === 0 ? 'files' : '').padEnd(WIDTH)) + line,
    );
}

function fileLine(change: WriteFile, widest: number, style: Style): string {
  const verb =
    change.after === undefined
      ? 'remove'
      : change.before === undefined && change.comesWith === undefined
        ? 'new'
        : 'edit';
  const path = change.path.padEnd(widest);
  if (change.summary !== undefined) return `${verb.padEnd(7)}${change.path}`;
  const { added, removed } = diffOf(change);
  const plus = style.paint('green', `+${added}`);
  const minus = style.paint('red', `-${removed}`);
  return `${verb.padEnd(7)}${path}  ${plus}${verb === 'new' ? '' : ` ${minus}`}`;
}

function row(heading: string, text: string, style: Style): readonly string[] {
  if (text === '') return [];
  const [first = '', ...rest] = wrap(text, style.columns, MARGIN + ' '.repeat(WIDTH)).split('\n');
  return [MARGIN + style.paint('bold', heading.padEnd(WIDTH)) + first.trimStart(), ...rest];
}

function packages(changes: readonly Change[], size: string | undefined): string {
  const names = changes.flatMap((change) =>
    change.kind === 'install-packages' ? change.packages : [],
  );
  if (names.length === 0) return '';
  const more = size === undefined ? '' : ` (${size})`;
  return `install ${names.length}: ${names.join(', ')}${more}`;
}

function accounts(changes: readonly Change[]): string {
  const of = (kind: RunCommands['kind']): string =>
    changes
      .filter((change) => change.kind === kind)
      .map(({ title }) => title)
      .join(', ');
  return [of('create-group'), of('create-user'), of('join-group')]
    .filter((text) => text !== '')
    .join(', ');
}

/** `enable and start clamd, milter-greylist; reload postfix`. */
function services(changes: readonly Change[]): string {
  const actions = new Map<string, string[]>();
  for (const change of changes) {
    if (change.kind !== 'service') continue;
    const { service, action } = change;
    actions.set(service, [...(actions.get(service) ?? []), action]);
  }
  const services = new Map<string, string[]>();
  for (const [service, words] of actions) {
    const verb = listed(words);
    services.set(verb, [...(services.get(verb) ?? []), service]);
  }
  return [...services].map(([verb, names]) => `${verb} ${names.join(', ')}`).join('; ');
}

/** `enable, start and reload`; what was just started need not be reloaded. */
function listed(words: readonly string[]): string {
  const told = [...new Set(words)].filter((word) => word !== 'reload' || !words.includes('start'));
  const last = told.at(-1) ?? '';
  return told.length < 2 ? last : `${told.slice(0, -1).join(', ')} and ${last}`;
}

/** What a step waits for, once, however many steps wait. */
function later(changes: readonly Change[], isMet: (requirement: Requirement) => boolean): string {
  const waiting = changes
    .flatMap(({ requires }) => (requires === undefined ? [] : [requires]))
    .filter((requirement) => !isMet(requirement));
  const reasons = new Map(waiting.map(({ otherwise, finish }) => [otherwise, finish]));
  return [...reasons]
    .map(
      ([otherwise, finish]) =>
        `if ${otherwise}, what needs that is left out; then finish with: ${finish}`,
    )
    .join('; ');
}

function proofs(changes: readonly Change[]): string {
  const { length } = changes.filter(({ kind }) => kind === 'prove');
  if (length === 0) return '';
  const mails = `${length} test ${length === 1 ? 'mail' : 'mails'}`;
  const then = changes.some(({ kind }) => kind === 'prove-asked')
    ? '; then a session with each port of Postfix'
    : '';
  return changes.some(({ phase }) => phase === 'mta')
    ? `${mails} through the milters and the manager, before Postfix is told${then}`
    : `${mails} through the milters and the manager`;
}

/** Whether mail stops for a moment, from what is done to Postfix. */
function mail(changes: readonly Change[], { manager, defaultAction }: BriefSetup): string {
  const done = (service: string): readonly string[] =>
    changes.flatMap((change) =>
      change.kind === 'service' && change.service === service ? [change.action] : [],
    );
  const postfix = done('postfix');
  if (postfix.includes('restart')) return 'pauses for about a second: Postfix is restarted';
  if (postfix.includes('start')) return 'Postfix is started: it takes mail from then on';
  const touched = postfix.includes('reload')
    ? 'Postfix is reloaded, not restarted'
    : 'Postfix is not touched';
  const restarts = done(manager).includes('restart')
    ? `; while the manager restarts, mail ${defaultAction === 'accept' ? 'comes in unfiltered' : 'is told to come back'}`
    : '';
  return `does not pause: ${touched}${restarts}`;
}
