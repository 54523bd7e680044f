/** What becomes of the C milter-manager's settings: those that ours has go into its ini, the rest is named. */
import type { Literal, RubyRegexp } from '../predecessor/ruby-tokens.ts';
import type { RubySetting } from '../predecessor/configuration.ts';
import type { DetectedMilter } from '../detect/detected.ts';
import type { IniSetting } from './child-sections.ts';
import type { HostFacts } from './facts.ts';
import { takeChildren, type OwnChild, type Taken } from './taken-children.ts';

const whole = (value: Literal, most: number): string | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
    ? String(value)
    : undefined;
const yesNo = (value: Literal): string | undefined =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : undefined;

/** By the name that they have in both: `section.key`. */
const SAME: Readonly<Record<string, (value: Literal) => string | undefined>> = {
  'manager.n_workers': (value) => whole(value, 64),
  'manager.max_connections': (value) => whole(value, 1_000_000),
  'log.syslog_facility': (value) =>
    typeof value === 'string' && /^[a-z0-7]+$/.test(value) ? value : undefined,
  'stress.threshold_n_connections': (value) => whole(value, 1_000_000),
  's25r.only_check_ipv4': yesNo,
};

/** Calls that add to a list, and the key of ours that holds the list. */
const LISTS: Readonly<Record<string, string>> = {
  's25r.add_whitelist': 's25r.whitelist',
  's25r.add_blacklist': 's25r.blacklist',
  'remote_network.add_remote_address': 'remote_network.remote_address',
  'trust.add_envelope_from_domain': 'trust.envelope_from_domain',
};

/** Its socket, its user, and how it is run: ours has all that from its own service. */
const OWN =
  /^(?:manager\.(?:connection_spec|unix_socket_\w+|remove_unix_socket_\w+|daemon|pid_file)|security\.\w+|controller\.\w+|package\.\w+)$/;

export interface TakenOver extends Taken {
  readonly own: readonly OwnChild[];
}

export const NOTHING_TAKEN: TakenOver = { settings: [], notes: [], own: [] };

/** @param detected as detection finds them, with what the plan writes */
export function takeOver(facts: HostFacts, detected: readonly DetectedMilter[]): TakenOver {
  const { predecessor, release } = facts;
  if (predecessor === undefined) return NOTHING_TAKEN;
  const { configuration, unread } = predecessor;
  const last = new Map(configuration.settings.map((each) => [each.name, each]));
  const general = takeSettings([...last.values()]);
  const lists = takeLists(configuration.additions);
  const children = takeChildren(configuration, detected, release.platform);
  return {
    own: children.own,
    settings: [...general.settings, ...lists.settings, ...children.settings],
    notes: [
      ...general.notes,
      ...lists.notes,
      ...children.notes,
      ...configuration.notUnderstood.map(
        ({ where, text }) => `${where}: not understood, left out: ${text}`,
      ),
      ...unread.map((path) => `${path}: nothing that was read loads it; it was not read`),
    ],
  };
}

/** Networks that it was told are local: they are what the wizard's question begins with. */
export function localNetworksOf(facts: HostFacts): readonly string[] {
  const additions = facts.predecessor?.configuration.additions ?? [];
  return additions.flatMap(({ name, value }) =>
    name === LOCAL && typeof value === 'string' ? [value] : [],
  );
}

const LOCAL = 'remote_network.add_local_address';

function takeSettings(all: readonly RubySetting[]): Taken {
  const settings: IniSetting[] = [];
  const notes: string[] = [];
  for (const { name, value, source } of all) {
    const [section = '', key = ''] = name.split('.');
    const written = SAME[name]?.(value);
    if (written !== undefined) settings.push({ section, key, value: written, comment: source });
    else if (name === 'manager.fallback_status') {
      notes.push(
        `${source}: ${name} held when no milter was left; ours applies the fallback_status of each milter`,
      );
    } else if (!OWN.test(name) && value !== null) {
      notes.push(
        `${source}: ${name} is not taken over: our manager has nothing that means the same`,
      );
    }
  }
  return { settings, notes };
}

function takeLists(additions: readonly RubySetting[]): Taken {
  const notes: string[] = [];
  const lists = new Map<string, { values: string[]; sources: string[] }>();
  for (const { name, value, source } of additions) {
    if (name === LOCAL) continue;
    const key = LISTS[name];
    const written = elementOf(value);
    if (key === undefined || written === undefined) {
      notes.push(`${source}: ${name} is not taken over: our manager has nothing like it`);
      continue;
    }
    const list = lists.get(key) ?? { values: [], sources: [] };
    lists.set(key, list);
    list.values.push(written);
    list.sources.push(source);
  }
  const settings = [...lists].map(([name, { values, sources }]): IniSetting => {
    const [section = '', key = ''] = name.split('.');
    return { section, key, value: values.join(', '), comment: sources.join(', ') };
  });
  return { settings, notes };
}

/** An element of a list of ours; a pattern where Ruby and JavaScript mean the same by it. */
function elementOf(value: Literal): string | undefined {
  if (typeof value === 'string') return /[\s,;#"']/.test(value) ? undefined : value;
  if (!isRegexp(value) || !/^i?$/.test(value.flags)) return undefined;
  const source = value.source.replace(/^\\A/, '^').replace(/\\[zZ]$/, '$');
  // Commas part the list; these mean something else, or nothing, in JavaScript.
  if (/[,;#"'\s/]|\\[AzZGhHRXKk]|\(\?[^:=!]|[+*?}]\+|\[\[:|&&/.test(source)) return undefined;
  // The ini takes a backslash for itself only before these.
  return `/${source}/${value.flags}`;
}

function isRegexp(value: Literal): value is RubyRegexp {
  return typeof value === 'object' && value !== null && 'source' in value;
}
