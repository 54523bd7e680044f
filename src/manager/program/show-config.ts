/** `--show-config`: the effective configuration in the form that the install documents show. */
import { BlockList } from 'node:net';
import { formatConnectionSpec, type ConnectionSpec } from '../../protocol/connection-spec.ts';
import * as keys from '../../manager-config/keys.ts';
import type { Configuration, MilterSettings } from '../../manager-config/config.ts';

/** Ruby-like text: each item under a comment that says where it was set. */
export function showConfiguration(configuration: Configuration): string {
  const blocks: string[] = [];
  for (const [section, table] of Object.entries(keys.SECTIONS)) {
    const values = configuration[section as keyof typeof keys.SECTIONS] as Record<string, unknown>;
    const items = Object.keys(table).map((key) => {
      const source = configuration.sources.get(`${section}.${key}`) ?? 'default';
      return `# ${source}\n${section}.${key} = ${literal(key, values[key])}\n`;
    });
    blocks.push(items.join(''));
  }
  blocks.push(...configuration.milters.map(showMilter));
  return blocks.join('\n');
}

/** The same as data. */
export function configurationAsJson(configuration: Configuration): unknown {
  const sections = Object.entries(keys.SECTIONS).map(([section, table]) => {
    const values = configuration[section as keyof typeof keys.SECTIONS] as Record<string, unknown>;
    return [
      section,
      items(Object.keys(table), values, (key) => configuration.sources.get(`${section}.${key}`)),
    ];
  });
  const milters = configuration.milters.map((milter) => ({
    name: milter.name,
    stage: milter.stage,
    ...items(Object.keys(keys.MILTER_KEYS), { ...milter }, (key) => milter.sources.get(key)),
  }));
  return { schema: 1, ...Object.fromEntries(sections), milters };
}

function items(
  names: readonly string[],
  values: Readonly<Record<string, unknown>>,
  source: (key: string) => string | undefined,
): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      { value: plain(name, values[name]), source: source(name) ?? 'default' },
    ]),
  );
}

function showMilter(milter: MilterSettings): string {
  const lines = [`define_milter("${milter.name}") do |milter|`];
  const values = milter as unknown as Record<string, unknown>;
  for (const key of Object.keys(keys.MILTER_KEYS)) {
    lines.push(
      `  # ${milter.sources.get(key) ?? 'default'}`,
      `  milter.${key} = ${literal(key, values[key])}`,
    );
  }
  return [...lines, 'end', ''].join('\n');
}

function plain(key: string, value: unknown): unknown {
  if (value === undefined) return null;
  if (isSpec(value)) return formatConnectionSpec(value);
  if (value instanceof BlockList) return value.rules;
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return value.map((each) => plain(key, each));
  return key === 'unix_socket_mode' ? mode(value as number) : value;
}

function literal(key: string, value: unknown): string {
  const item = plain(key, value);
  if (item === null) return 'nil';
  return key === 'unix_socket_mode' ? mode(value as number) : JSON.stringify(item);
}

function mode(value: number): string {
  return `0${value.toString(8)}`;
}

function isSpec(value: unknown): value is ConnectionSpec {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
