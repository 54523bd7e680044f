/** The children that the C milter-manager was told of, as sections of our milter-manager.ini. */
import { onPlatform } from '../milters/known-milter.ts';
import { KNOWN_MILTERS } from '../milters/known-milters.ts';
import type { DetectedMilter } from '../detect/detected.ts';
import type {
  DefinedMilter,
  RubyConfiguration,
  RubySetting,
} from '../predecessor/configuration.ts';
import { CONDITION_NAMES } from '../manager-config/keys.ts';
import { FALLBACK_STATUSES } from '../manager-config/values.ts';
import { normaliseSpec } from '../detect/spec.ts';
import type { PlatformName } from '../platforms/platforms.ts';
import type { IniSetting } from './child-sections.ts';

export interface Taken {
  readonly settings: readonly IniSetting[];
  readonly notes: readonly string[];
}

/** A child that detection does not find. */
export interface OwnChild {
  readonly name: string;
  readonly connectionSpec: string;
}

const yesNo = (value: unknown): string | undefined =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : undefined;
const seconds = (value: unknown): string | undefined =>
  typeof value === 'number' && value > 0 ? String(value) : undefined;

/** How a value is written in the ini; undefined where it has no place there. */
const KEYS: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  connection_spec: specOf,
  description: (value) =>
    typeof value === 'string' && !/[\n";#\\]/.test(value) && value !== '' ? value : undefined,
  enabled: yesNo,
  evaluation_mode: yesNo,
  fallback_status: (value) => FALLBACK_STATUSES.find((each) => each === value),
  connection_timeout: seconds,
  writing_timeout: seconds,
  reading_timeout: seconds,
  end_of_message_timeout: seconds,
};

/** The name by which detection finds the same child; undefined for one of somebody's own. */
function detectedName(
  { name, settings }: Pick<DefinedMilter, 'name' | 'settings'>,
  detected: readonly DetectedMilter[],
  platform: PlatformName,
): string | undefined {
  const known = KNOWN_MILTERS.find(({ services }) =>
    onPlatform(platform, services)?.includes(name),
  );
  const spec = specOf(settings.findLast((each) => each.name === 'connection_spec')?.value);
  return (
    detected.find((each) => each.name === name) ??
    detected.find((each) => each.name === known?.name) ??
    detected.find((each) => spec !== undefined && each.connectionSpec === spec)
  )?.name;
}

function specOf(value: unknown): string | undefined {
  try {
    return typeof value === 'string' ? normaliseSpec(value) : undefined;
  } catch {
    return undefined;
  }
}

export function takeChildren(
  { milters, removed }: RubyConfiguration,
  detected: readonly DetectedMilter[],
  platform: PlatformName,
): Taken & { readonly own: readonly OwnChild[] } {
  const settings: IniSetting[] = [];
  const notes: string[] = [];
  const own: OwnChild[] = [];
  for (const milter of milters) {
    if (removed.some(({ value }) => value === milter.name)) continue;
    const known = detectedName(milter, detected, platform);
    if (known !== undefined && known !== milter.name) {
      notes.push(`${milter.source}: ${milter.name} is the milter that is found as ${known}`);
    }
    const taken = takeChild(milter, known, detected);
    settings.push(...taken.settings);
    notes.push(...taken.notes);
    const spec = taken.settings.find(({ key }) => key === 'connection_spec')?.value;
    const off = taken.settings.some(({ key, value }) => key === 'enabled' && value === 'no');
    if (known === undefined && spec !== undefined && !off) {
      own.push({ name: milter.name, connectionSpec: spec });
    }
  }
  for (const { value, source } of removed) {
    if (typeof value !== 'string') continue;
    const name = detectedName({ name: value, settings: [] }, detected, platform);
    if (name === undefined) continue;
    settings.push({ section: `milter.${name}`, key: 'enabled', value: 'no', comment: source });
  }
  return { settings, notes, own };
}

function takeChild(
  milter: DefinedMilter,
  known: string | undefined,
  detected: readonly DetectedMilter[],
): Taken {
  const section = `milter.${known ?? milter.name}`;
  const notes: string[] = [];
  const byKey = new Map(milter.settings.map((each) => [each.name, each]));
  const settings = [...byKey.values()].flatMap(({ name, value, source }): IniSetting[] => {
    // What detection finds itself needs no line, and follows the milter's own files.
    if (name === 'description' && known !== undefined) return [];
    const found = detected.find((each) => each.name === known);
    if (name === 'connection_spec' && found?.connectionSpec === specOf(value)) return [];
    const written = KEYS[name]?.(value);
    if (written !== undefined) return [{ section, key: name, value: written, comment: source }];
    const why = STARTED.includes(name)
      ? 'the system starts it'
      : 'our manager has nothing that means the same';
    notes.push(`${source}: ${milter.name}: ${name} is not taken over: ${why}`);
    return [];
  });
  const base = detected.find((each) => each.name === known)?.applicableConditions ?? [];
  const conditions = takeConditions(milter.name, milter.added, base);
  const list: IniSetting[] =
    conditions.names.length > base.length
      ? [
          {
            section,
            key: 'applicable_conditions',
            value: conditions.names.join(', '),
            comment: milter.added.map(({ source }) => source).join(', '),
          },
        ]
      : [];
  if (known === undefined && !settings.some(({ key }) => key === 'connection_spec')) {
    return {
      settings: [],
      notes: [`${milter.source}: ${milter.name} has no socket, left out`, ...notes],
    };
  }
  return { settings: [...settings, ...list], notes: [...notes, ...conditions.notes] };
}

const STARTED = ['command', 'command_options', 'user_name'];

function takeConditions(
  name: string,
  added: readonly RubySetting[],
  base: readonly string[],
): { readonly names: readonly string[]; readonly notes: readonly string[] } {
  const names = [...base];
  const notes: string[] = [];
  for (const { value, source } of added) {
    // Both managers have the same; what a condition of somebody's own does is written in Ruby.
    const known = CONDITION_NAMES.find((each) => each === value);
    if (known === undefined) {
      notes.push(
        `${source}: ${name}: our manager has no condition ${JSON.stringify(value)}; the milter is asked without it`,
      );
    } else if (!names.includes(known)) names.push(known);
  }
  return { names, notes };
}
