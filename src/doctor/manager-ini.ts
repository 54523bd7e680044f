/** The manager's children as it will see them: what detection finds, and milter-manager.ini over it. */
import type { DetectedMilter } from '../detect/detected.ts';
import { normaliseSpec } from '../detect/spec.ts';
import { EditError } from '../edit/format.ts';
import { type IniEntry, iniEntries } from '../edit/ini.ts';
import { type HostReader, readText } from '../host/host.ts';
import type { Setting } from './main-cf.ts';

export interface Child {
  readonly name: string;
  /** Not known for a child that only the ini names. */
  readonly service: string | undefined;
  readonly enabled: boolean;
  readonly connectionSpec: string | undefined;
  readonly conditions: readonly string[];
  /** Undefined: everything listed before it. */
  readonly after: readonly string[] | undefined;
  /** Seconds. */
  readonly readingTimeout: number;
  readonly writingTimeout: number;
  /** Where the ini sets it. */
  readonly connectionTimeout: number | undefined;
  /** The line of a key, where the ini sets it. */
  readonly line: (key: string) => string | undefined;
}

export interface ManagerSettings {
  readonly path: string;
  /** Where it listens. */
  readonly spec: string;
  /** `section.key`. */
  readonly get: (key: string) => Setting | undefined;
  /** Whether it looks for milters by itself. */
  readonly detects: boolean;
  /** In the order in which it lists them. */
  readonly children: readonly Child[];
}

/** Seconds that a child has for an answer unless its section says otherwise. */
const USUAL_TIMEOUT = 7;
const NO = /^(?:no|false|off|0)$/i;
const PREFIX = 'milter.';

/** @param usualSpec where it listens unless the ini says otherwise */
export function readManagerSettings(
  host: HostReader,
  path: string,
  detected: readonly DetectedMilter[],
  usualSpec: string,
): ManagerSettings {
  const entries = parsed(readText(host, path) ?? '');
  const get = (key: string): Setting | undefined => {
    const found = entries.findLast((each) => `${each.section}.${each.key}` === key);
    return found && { value: found.value, source: `${path}:${found.line}` };
  };
  const detects = !NO.test(get('manager.detect')?.value ?? 'yes');
  const found = detects ? detected : [];
  const own = entries
    .map(({ section }) => section)
    .filter((section) => section.startsWith(PREFIX))
    .map((section) => section.slice(PREFIX.length))
    .filter((name) => !found.some((each) => each.name === name));
  return {
    path,
    spec: specOf(get('manager.connection_spec')?.value) ?? usualSpec,
    get,
    detects,
    children: [
      ...found.map((each) => childOf(each.name, each, get)),
      ...[...new Set(own)].map((name) => childOf(name, undefined, get)),
    ],
  };
}

function childOf(
  name: string,
  found: DetectedMilter | undefined,
  get: ManagerSettings['get'],
): Child {
  const own = (key: string): Setting | undefined => get(`${PREFIX}${name}.${key}`);
  const list = (key: string): readonly string[] | undefined =>
    own(key)
      ?.value.split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
  const seconds = (key: string): number | undefined => {
    const value = Number.parseFloat(own(key)?.value ?? '');
    return Number.isNaN(value) ? undefined : value;
  };
  const { tarpit = 0, waits = 0 } = found ?? {};
  const enabled = own('enabled');
  const connectionSpec = specOf(own('connection_spec')?.value) ?? found?.connectionSpec;
  return {
    name,
    service: found?.service,
    enabled:
      connectionSpec !== undefined &&
      (enabled === undefined ? (found?.enabled ?? true) : !NO.test(enabled.value)),
    connectionSpec,
    conditions: list('applicable_conditions') ?? found?.applicableConditions ?? [],
    after: list('after') ?? found?.after,
    readingTimeout: seconds('reading_timeout') ?? USUAL_TIMEOUT + tarpit + waits,
    writingTimeout: seconds('writing_timeout') ?? USUAL_TIMEOUT + tarpit,
    connectionTimeout: seconds('connection_timeout'),
    line: (key) => own(key)?.source,
  };
}

function specOf(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : normaliseSpec(text);
  } catch {
    // The manager's own check says what is wrong with it.
    return undefined;
  }
}

function parsed(text: string): readonly IniEntry[] {
  try {
    return iniEntries(text);
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return [];
  }
}
