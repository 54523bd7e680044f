/** systemd: units with drop-ins, templates and aliases, enabled by the links of any target. */
import { readText, type HostReader } from '../host/host.ts';
import { type Service, splitWords } from './service.ts';
import type { Sourced } from './sh-variables.ts';
import { environmentFile, readUnitInto, type UnitSettings } from './unit-file.ts';
import { findDropIns, findUnit, startLinks, type UnitFile } from './unit-search.ts';

/**
 * The service of a unit, and of each enabled instance of a template by that name. `masked` in place of a list where
 * the admin has masked it: then an init script by that name is off too.
 */
export function systemdServices(host: HostReader, name: string): Service[] {
  const links = startLinks(host);
  const services: Service[] = [];
  const unit = findUnit(host, `${name}.service`);
  if (unit !== undefined) services.push(describe(host, name, undefined, unit, links));
  const template = name.includes('@') ? undefined : findUnit(host, `${name}@.service`);
  if (template === undefined) return services;
  const instance = new RegExp(`^${escape(name)}@(.+)\\.service$`);
  for (const link of links.keys()) {
    const match = instance.exec(link);
    if (!match) continue;
    // An instance may have a file of its own, which then stands for the template.
    const own = findUnit(host, link) ?? template;
    services.push(describe(host, name, match[1], own, links));
  }
  return services;
}

function describe(
  host: HostReader,
  name: string,
  instance: string | undefined,
  unit: UnitFile,
  links: ReadonlyMap<string, string>,
): Service {
  const asked = instance === undefined ? `${name}.service` : `${name}@${instance}.service`;
  const names = [...new Set([asked, ...unit.names])];
  const settings: UnitSettings = new Map();
  const files = unit.masked ? [] : [unit.path, ...findDropIns(host, names)];
  for (const path of files) readUnitInto(settings, readText(host, path) ?? '', path);
  const link = [...names, asked.replace(/\.service$/, '.socket')]
    .map((each) => links.get(each))
    .find((each) => each !== undefined);
  const variables = environment(host, settings, instance);
  const command = settings.get('Service.ExecStart')?.[0];
  return {
    name: asked.slice(0, -'.service'.length),
    instance,
    description: settings.get('Unit.Description')?.at(-1)?.value,
    enabled: !unit.masked && link !== undefined,
    enabledBy: unit.masked ? unit.path : (link ?? unit.path),
    variables,
    words: command === undefined ? [] : commandWords(command.value, variables, name, instance),
    wordsFrom: command?.source ?? unit.path,
  };
}

/** Environment, then its files, which win; a later file wins over an earlier one. */
function environment(
  host: HostReader,
  settings: UnitSettings,
  instance: string | undefined,
): Map<string, Sourced> {
  const variables = new Map<string, Sourced>();
  for (const { value, source } of settings.get('Service.Environment') ?? []) {
    for (const word of splitWords(value)) {
      const equals = word.indexOf('=');
      if (equals > 0)
        variables.set(word.slice(0, equals), { value: word.slice(equals + 1), source });
    }
  }
  for (const { value } of settings.get('Service.EnvironmentFile') ?? []) {
    const path = specifiers(value.replace(/^-/, ''), '', instance);
    const text = readText(host, path);
    if (text === undefined) continue;
    for (const [key, each] of environmentFile(text, path)) variables.set(key, each);
  }
  return variables;
}

/** The words after the program: specifiers and variables put in, `sh -c` looked into. */
function commandWords(
  line: string,
  variables: ReadonlyMap<string, Sourced>,
  name: string,
  instance: string | undefined,
): string[] {
  const written = splitWords(specifiers(line.replace(/^[@\-:+!|]+/, ''), name, instance));
  const words = written.flatMap((word) => {
    const alone = /^\$([A-Za-z_]\w*)$/.exec(word);
    // `$NAME` on its own is split into words, `${NAME}` never is (systemd.service(5)).
    if (alone) return splitWords(variables.get(alone[1]!)?.value ?? '');
    return [
      word.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, each: string) => variables.get(each)?.value ?? ''),
    ];
  });
  const [program = '', ...rest] = words;
  const script = /(?:^|\/)(?:ba|da)?sh$/.test(program) && rest[0] === '-c' ? rest[1] : undefined;
  if (script === undefined) return rest;
  return splitWords(script)
    .filter((word) => word !== 'exec')
    .slice(1);
}

function specifiers(text: string, name: string, instance: string | undefined): string {
  const values: Readonly<Record<string, string>> = {
    '%': '%',
    i: instance ?? '',
    I: (instance ?? '').replaceAll('-', '/'),
    p: name,
    n: instance === undefined ? `${name}.service` : `${name}@${instance}.service`,
    N: instance === undefined ? name : `${name}@${instance}`,
    t: '/run',
    S: '/var/lib',
    E: '/etc',
  };
  return text.replace(/%([%iIpnNtSE])/g, (_, letter: string) => values[letter] ?? '');
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
