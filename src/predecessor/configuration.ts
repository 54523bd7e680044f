/**
 * The configuration of the C milter-manager: programs in Ruby, of which the plain settings are read. Nothing is
 * evaluated; what is more than a plain setting is named with its file and line, never guessed.
 */
import { dirname } from 'node:path';
import { readText, type HostReader } from '../host/host.ts';
import {
  plainStatement,
  splitStatements,
  type PlainStatement,
  type Statement,
} from './ruby-statements.ts';
import { readTokens, type Literal } from './ruby-tokens.ts';

/** One thing that the configuration says; the later of two with one name counts. */
export interface RubySetting {
  /** `manager.connection_spec`, `connection_spec` of a milter, `s25r.add_whitelist`. */
  readonly name: string;
  readonly value: Literal;
  /** `FILE:LINE`. */
  readonly source: string;
}

/** `define_milter("name")`; several of one name are one milter. */
export interface DefinedMilter {
  readonly name: string;
  readonly settings: readonly RubySetting[];
  /** Names of conditions that are added to what it has. */
  readonly added: readonly RubySetting[];
  readonly source: string;
}

export interface RubyConfiguration {
  readonly settings: readonly RubySetting[];
  /** Calls that add to a list: `remote_network.add_local_address("192.0.2.0/24")`. */
  readonly additions: readonly RubySetting[];
  readonly milters: readonly DefinedMilter[];
  /** Names of `remove_milter`. */
  readonly removed: readonly RubySetting[];
  /** What was not understood: file, line and what stands there. */
  readonly notUnderstood: readonly { readonly where: string; readonly text: string }[];
  /** The files that were read. */
  readonly files: readonly string[];
}

/** Reads `milter-manager.conf` of the directory and what it loads. */
export function readRubyConfiguration(host: HostReader, directory: string): RubyConfiguration {
  const reading = new Reading(host, directory);
  reading.load(`${directory}/milter-manager.conf`);
  return reading.result();
}

/** Conditions, and the detection by platform, that the program brings: ours has both of its own. */
const BROUGHT_ALONG = /^(?:applicable-conditions|defaults)\//;

class Reading {
  private readonly settings: RubySetting[] = [];
  private readonly additions: RubySetting[] = [];
  private readonly removed: RubySetting[] = [];
  private readonly milters = new Map<
    string,
    { settings: RubySetting[]; added: RubySetting[]; source: string }
  >();
  private readonly notUnderstood: { where: string; text: string }[] = [];
  private readonly files: string[] = [];

  constructor(
    private readonly host: HostReader,
    private readonly directory: string,
  ) {}

  result(): RubyConfiguration {
    const milters = [...this.milters].map(([name, milter]) => ({ name, ...milter }));
    const { settings, additions, removed, notUnderstood, files } = this;
    return { settings, additions, milters, removed, notUnderstood, files };
  }

  load(path: string): void {
    const text = this.files.includes(path) ? undefined : readText(this.host, path);
    if (text === undefined) return;
    this.files.push(path);
    for (const statement of splitStatements(readTokens(text))) this.topLevel(statement, path, text);
  }

  private topLevel(statement: Statement, path: string, text: string): void {
    const plain = plainStatement(statement);
    const source = `${path}:${statement.line}`;
    if (!(plain && this.understand(plain, source, path, text)) && !loadsDefaults(statement)) {
      this.complain(statement, path, text);
    }
  }

  private understand(plain: PlainStatement, source: string, path: string, text: string): boolean {
    const { object, name, verb, values, block } = plain;
    const [value] = values;
    if (object === undefined) {
      if (name === 'load_default' && values.length === 0) return true;
      if (typeof value !== 'string' || values.length !== 1) return false;
      if (name === 'define_milter' && block) return this.define(value, block, source, path, text);
      if (block) return false;
      if (name === 'load' || name === 'load_if_exist') return this.follow(value, name, source);
      if (name === 'remove_milter') return this.removed.push({ name, value, source }) > 0;
      return false;
    }
    if (block || verb === '+=') return false;
    const full = `${object}.${name}`;
    if (verb === '=') return this.settings.push({ name: full, value: value!, source }) > 0;
    if (values.length > 1 || !OBJECTS.has(object)) return false;
    return this.additions.push({ name: full, value: value ?? true, source }) > 0;
  }

  private define(
    name: string,
    { parameter, body }: NonNullable<PlainStatement['block']>,
    source: string,
    path: string,
    text: string,
  ): boolean {
    const milter = this.milters.get(name) ?? { settings: [], added: [], source };
    this.milters.set(name, milter);
    for (const statement of splitStatements(body)) {
      const plain = plainStatement(statement);
      const at = `${path}:${statement.line}`;
      const value = plain?.values[0];
      if (
        plain?.object !== parameter ||
        plain.block ||
        value === undefined ||
        plain.values.length !== 1
      ) {
        this.complain(statement, path, text);
      } else if (plain.verb === '=') {
        milter.settings.push({ name: plain.name, value, source: at });
      } else if (plain.name === 'add_applicable_condition' && plain.verb === 'call') {
        milter.added.push({ name: 'applicable_conditions', value, source: at });
      } else if (plain.name === 'applicable_conditions' && Array.isArray(value)) {
        milter.added.push(
          ...(value as Literal[]).map((each) => ({ name: plain.name, value: each, source: at })),
        );
      } else this.complain(statement, path, text);
    }
    return true;
  }

  /** Relative to the directory; `*` stands for names, and a directory for what is in it. */
  private follow(path: string, verb: string, source: string): boolean {
    if (BROUGHT_ALONG.test(path)) return true;
    const full = path.startsWith('/') ? path : `${this.directory}/${path}`;
    const found = this.expand(full);
    for (const each of found) this.load(each);
    if (found.length === 0 && verb === 'load') {
      this.notUnderstood.push({ where: source, text: `there is no ${full}` });
    }
    return true;
  }

  private expand(path: string): readonly string[] {
    const within = (directory: string): string[] =>
      this.host.list(directory).map((name) => `${directory}/${name}`);
    if (path.includes('*')) {
      const parts = path.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
      const pattern = new RegExp(`^${parts.join('[^/]*')}$`);
      return within(dirname(path)).filter((each) => pattern.test(each));
    }
    const type = this.host.stat(path)?.type;
    if (type === 'directory') return within(path);
    return type === 'file' ? [path] : [];
  }

  private complain({ line, tokens }: Statement, path: string, text: string): void {
    const there = text.split('\n')[line - 1]?.trim() ?? '';
    const end = tokens.findLast(({ kind }) => kind !== 'newline')!;
    const last = end.line + end.text.split('\n').length - 1;
    const more = last > line ? ` ... (to line ${last})` : '';
    this.notUnderstood.push({ where: `${path}:${line}`, text: there + more });
  }
}

/** Those that the program gives to its configuration; a call of anything else is Ruby of somebody's own. */
const OBJECTS = new Set(
  'package security log manager controller database s25r remote_network stress trust dnsbl'.split(
    ' ',
  ),
);

/** Older files of the package: `load_if_exist("defaults/#{package.platform}.conf")`. */
function loadsDefaults({ tokens }: Statement): boolean {
  const words = tokens.filter(({ text }) => text !== '(' && text !== ')');
  return (
    words.length === 2 &&
    /^load(?:_if_exist)?$/.test(words[0]!.text) &&
    words[1]!.kind === 'opaque' &&
    /^["']defaults\//.test(words[1]!.text)
  );
}
