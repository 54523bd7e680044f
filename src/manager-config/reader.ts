/** Reads one milter-manager.ini: looks values up, and collects everything that is wrong, each with its line. */
import { parse } from 'ini';
import type { DetectedMilter } from '../detect/detected.ts';
import * as keys from './keys.ts';
import { scanIni, type IniLine } from './lines.ts';
import { BadValue, spec as readSpec, type Read } from './values.ts';
import type { MilterSettings, MtaLimit, Problem } from './config.ts';
import { AfterCircle, assignStages } from './stages.ts';

type SectionName = keyof typeof keys.SECTIONS;
type Sections = { readonly [Name in SectionName]: keys.Values<(typeof keys.SECTIONS)[Name]> };
type Keys = Readonly<Record<string, keys.Key<unknown>>>;

const MILTER_PREFIX = 'milter.';

/** What a milter has unless its section says otherwise. */
interface Inherited {
  readonly fallback_status: MilterSettings['fallback_status'];
  readonly connection: MtaLimit | undefined;
  /** How the service of a name is known to be built on libmilter. */
  readonly knownByLibrary: (service: string) => string | undefined;
}

export class IniReader {
  readonly sources = new Map<string, string>();
  private readonly lines: readonly IniLine[];
  private readonly values: ReadonlyMap<string, string>;
  private readonly wrong: Problem[] = [];

  constructor(
    private readonly path: string,
    text: string,
  ) {
    this.lines = scanIni(text);
    this.values = valuesOf(this.lines);
    this.checkLines();
  }

  has(section: string, key: string): boolean {
    return this.values.has(`${section}\n${key}`);
  }

  readSections(): Sections {
    const sections = Object.entries(keys.SECTIONS as Readonly<Record<string, Keys>>).map(
      ([name, table]) => [
        name,
        this.readSection(name, table, (key) => `${name}.${key}`, this.sources),
      ],
    );
    return Object.fromEntries(sections) as Sections;
  }

  readMilters(
    detected: readonly DetectedMilter[],
    inherited: Inherited,
  ): readonly MilterSettings[] {
    const own = this.milterNames().filter((name) => !detected.some((each) => each.name === name));
    const milters = [
      ...detected.map((each) => this.readMilter(each.name, each, inherited)),
      ...own.map((name) => this.readMilter(name, undefined, inherited)),
    ];
    const names = new Set(milters.map((milter) => milter.name));
    for (const milter of milters) {
      const unknown = milter.after?.find((name) => !names.has(name));
      if (unknown !== undefined && milter.sources.get('after')?.startsWith(this.path)) {
        this.complain(
          this.lineOf(MILTER_PREFIX + milter.name, 'after'),
          `after names <${unknown}>, which is no milter here`,
        );
      }
    }
    try {
      return assignStages(milters);
    } catch (error) {
      if (!(error instanceof AfterCircle)) throw error;
      const [line] = error.names.flatMap((name) => {
        return this.lineOf(MILTER_PREFIX + name, 'after') ?? [];
      });
      this.complain(line, error.message);
      return milters.map((milter) => ({ ...milter, stage: 0 }));
    }
  }

  /** Everything that was wrong. */
  get problems(): readonly Problem[] {
    return this.wrong;
  }

  /** `FILE:LINE` of a key; undefined where it is not set. */
  at(section: string, key: string): string | undefined {
    return this.has(section, key) ? this.place(this.lineOf(section, key)) : undefined;
  }

  private readMilter(
    name: string,
    found: DetectedMilter | undefined,
    { fallback_status, connection, knownByLibrary }: Inherited,
  ): Omit<MilterSettings, 'stage'> {
    const sources = new Map<string, string>();
    if (connection) sources.set('connection_timeout', connection.source);
    const defaults = {
      ...defaultsOf(keys.MILTER_KEYS),
      ...(connection && { connection_timeout: connection.value }),
      fallback_status,
      ...(found
        ? detectedValues(found, sources)
        : whatItTakes(knownAs(knownByLibrary(name)), sources)),
    };
    const section = MILTER_PREFIX + name;
    const set = this.readSection(section, keys.MILTER_KEYS, (key) => key, sources, defaults);
    const milter = set as unknown as keys.Values<typeof keys.MILTER_KEYS>;
    if (milter.connection_spec === undefined && found === undefined && milter.enabled) {
      this.complain(this.lineOf(section, undefined), `milter ${name} has no connection_spec`);
    }
    const enabled = milter.enabled && milter.connection_spec !== undefined;
    return { ...milter, enabled, name, sources };
  }

  private readSection(
    section: string,
    table: Keys,
    sourceKey: (key: string) => string,
    sources: Map<string, string>,
    defaults: Readonly<Record<string, unknown>> = defaultsOf(table),
  ): Record<string, unknown> {
    const values: Record<string, unknown> = { ...defaults };
    for (const [name, { read }] of Object.entries(table)) {
      const text = this.values.get(`${section}\n${name}`);
      if (text === undefined) continue;
      const line = this.lineOf(section, name);
      values[name] = this.readValue(name, text, read, line) ?? values[name];
      sources.set(sourceKey(name), this.place(line));
    }
    return values;
  }

  private readValue(
    name: string,
    text: string,
    read: Read<unknown>,
    line: number | undefined,
  ): unknown {
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      this.complain(line, `${name} ${error.message}`);
      return undefined;
    }
  }

  private milterNames(): readonly string[] {
    const names = this.lines
      .filter((line) => line.section.startsWith(MILTER_PREFIX) && !line.stray)
      .map((line) => line.section.slice(MILTER_PREFIX.length));
    return [...new Set(names)].filter((name) => name !== '');
  }

  private checkLines(): void {
    const seen = new Map<string, number>();
    for (const { section, key, line, stray } of this.lines) {
      const table = tableOf(section);
      if (stray) this.complain(line, 'neither a [section] nor a key = value');
      else if (table === undefined) {
        if (key === undefined) this.complain(line, `unknown section [${section}]`);
        else if (section === '') this.complain(line, `${key} stands before any [section]`);
      } else if (key !== undefined) {
        const first = seen.get(`${section}\n${key}`);
        if (!Object.hasOwn(table, key)) this.complain(line, `unknown key ${key} in [${section}]`);
        else if (first !== undefined) this.complain(line, `${key} is already set in line ${first}`);
        seen.set(`${section}\n${key}`, line);
      }
    }
  }

  private lineOf(section: string, key: string | undefined): number | undefined {
    return this.lines.findLast(
      (line) => line.section === section && (key === undefined || line.key === key),
    )?.line;
  }

  private place(line: number | undefined): string {
    return line === undefined ? this.path : `${this.path}:${line}`;
  }

  private complain(line: number | undefined, what: string): void {
    this.wrong.push({ where: this.place(line), what });
  }
}

function tableOf(section: string): Keys | undefined {
  if (section.startsWith(MILTER_PREFIX) && section !== MILTER_PREFIX) return keys.MILTER_KEYS;
  return Object.hasOwn(keys.SECTIONS, section) ? keys.SECTIONS[section as SectionName] : undefined;
}

function defaultsOf<Table extends Keys>(table: Table): keys.Values<Table> {
  const entries = Object.entries(table).map(([name, key]) => [name, key.default]);
  return Object.fromEntries(entries) as keys.Values<Table>;
}

type Takes = Pick<DetectedMilter, 'takesPipelined' | 'takesSessions'>;

function knownAs(how: string | undefined): Takes {
  return how === undefined ? {} : { takesPipelined: how, takesSessions: how };
}

function whatItTakes(
  { takesPipelined, takesSessions }: Takes,
  sources: Map<string, string>,
): Pick<MilterSettings, 'pipelining' | 'connection_reuse'> {
  if (takesPipelined !== undefined) sources.set('pipelining', takesPipelined);
  if (takesSessions !== undefined) sources.set('connection_reuse', takesSessions);
  return {
    pipelining: takesPipelined !== undefined,
    connection_reuse: takesSessions !== undefined,
  };
}

/** What detection says, as values of keys; notes where each came from. */
function detectedValues(
  found: DetectedMilter,
  sources: Map<string, string>,
): Partial<keys.Values<typeof keys.MILTER_KEYS>> {
  const note = (key: string, source: string | undefined): void => {
    sources.set(key, source ?? `detected: ${found.service}`);
  };
  note('enabled', found.sources.enabled);
  if (found.connectionSpec !== undefined) note('connection_spec', found.sources.connectionSpec);
  const tarpit = found.tarpit ?? 0;
  return {
    description: found.description,
    enabled: found.enabled,
    connection_spec:
      found.connectionSpec === undefined ? undefined : readSpec(found.connectionSpec),
    applicable_conditions: keys.CONDITION_NAMES.filter((name) =>
      found.applicableConditions.includes(name),
    ),
    after: found.after,
    ...whatItTakes(found, sources),
    writing_timeout: keys.TIMEOUTS.writing + tarpit,
    reading_timeout: keys.TIMEOUTS.reading + tarpit + (found.waits ?? 0),
  };
}

/**
 * `section NL key` -> value, each line read by `ini` on its own: of a whole text it takes a heading with a comment behind
 * it for a key, and what follows for the section before.
 */
function valuesOf(lines: readonly IniLine[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { section, key, text } of lines) {
    if (key === undefined) continue;
    const [value] = Object.values<unknown>(parse(text));
    values.set(`${section}\n${key}`, String(value));
  }
  return values;
}
