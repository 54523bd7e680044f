/** systemd: units with drop-ins, templates and aliases, enabled by the links of any target. */
import { readText, type HostReader } from '../host/host.ts';
import { type Service, splitWords } from './service.ts';
import type { Sourced } from './sh-variables.ts';
import { environmentFile, readUnitInto, type UnitSettings } from './unit-file.ts';
import { findDropIns, findUnit, startLinks, type UnitFile } from './unit-search.ts';

/** The service of a unit, and of each enabled instance of a template by that name; or one `name@instance`. */
export function systemdServices(host: HostReader, name: string): Service[] {
  const links = startLinks(host);
  const [base = '', asked] = name.split('@', 2);
  if (asked !== undefined) return instanceOf(host, base, asked, links);
  const unit = findUnit(host, `${base}.service`);
  const own = unit === undefined ? [] : [describe(host, base, undefined, unit, links)];
  const instances = [...links.keys()]
    .filter((link) => link.startsWith(`${base}@`) && link.endsWith('.service'))
    .map((link) => link.slice(base.length + 1, -'.service'.length));
  return [...own, ...instances.flatMap((each) => instanceOf(host, base, each, links))];
}

/** An instance may have a file of its own, which then stands for the template. */
function instanceOf(
  host: HostReader,
  base: string,
  instance: string,
  links: ReadonlyMap<string, string>,
): Service[] {
  const unit = findUnit(host, `${base}@${instance}.service`) ?? findUnit(host, `${base}@.service`);
  return unit === undefined ? [] : [describe(host, base, instance, unit, links)];
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
  const settings = readSettings(host, names, unit);
  // A service may be started by its socket alone.
  const link = [...names, asked.replace(/\.service$/, '.socket')]
    .map((each) => links.get(each))
    .find((each) => each !== undefined);
  const start = startOf(host, settings, name, instance, unit.path);
  return {
    name: asked.slice(0, -'.service'.length),
    instance,
    description: settings.get('Unit.Description')?.at(-1)?.value,
    enabled: !unit.masked && link !== undefined,
    enabledBy: unit.masked ? unit.path : (link ?? unit.path),
    ...start,
    ...handedTo(host, start, settings),
  };
}

/**
 * A program gets its words; of the variables that nobody hands to it (those of /etc/default that an init script read
 * once) it knows nothing. A script may look at all of them: undefined.
 */
function handedTo(
  host: HostReader,
  { program: path, variables }: Pick<Service, 'program' | 'variables'>,
  settings: UnitSettings,
): Pick<Service, 'handed'> {
  const command = settings.get('Service.ExecStart')?.[0]?.value;
  if (command === undefined || path === undefined || /\bsh\s+-c\b/.test(command)) return {};
  const program = host.stat(path)?.type === 'file' ? host.read(path) : undefined;
  if (program?.toString('latin1', 0, 2) === '#!') return {};
  const names = [...variables.keys()];
  return {
    handed: new Set(names.filter((name) => new RegExp(`\\$\\{?${name}\\b`).test(command))),
  };
}

/**
 * An init script that systemd starts: a mask by its name stops it, and drop-ins for the unit that systemd makes of it
 * change how it starts.
 */
export function underSystemd(host: HostReader, script: Service): Service {
  const unit = findUnit(host, `${script.name}.service`);
  if (unit?.masked === true) return { ...script, enabled: false, enabledBy: unit.path };
  const settings = readSettings(host, [`${script.name}.service`], undefined);
  const start = startOf(host, settings, script.name, undefined, script.wordsFrom);
  const variables = new Map([...script.variables, ...start.variables]);
  return settings.get('Service.ExecStart')?.length
    ? { ...script, ...start, variables }
    : { ...script, variables };
}

function readSettings(
  host: HostReader,
  names: readonly string[],
  unit: UnitFile | undefined,
): UnitSettings {
  const settings: UnitSettings = new Map();
  if (unit?.masked === true) return settings;
  for (const path of [...(unit ? [unit.path] : []), ...findDropIns(host, names)]) {
    readUnitInto(settings, readText(host, path) ?? '', path);
  }
  return settings;
}

function startOf(
  host: HostReader,
  settings: UnitSettings,
  name: string,
  instance: string | undefined,
  otherwise: string,
): Pick<Service, 'variables' | 'program' | 'words' | 'wordsFrom'> {
  const expand = (text: string): string => specifiers(text, name, instance);
  const variables = environment(host, settings, expand);
  const command = settings.get('Service.ExecStart')?.[0];
  const [program, ...words] =
    command === undefined ? [] : commandWords(expand(command.value), variables);
  return {
    variables,
    program,
    words,
    wordsFrom: command?.source ?? otherwise,
  };
}

/** Environment, then its files, which win; a later file wins over an earlier one. */
function environment(
  host: HostReader,
  settings: UnitSettings,
  expand: (text: string) => string,
): Map<string, Sourced> {
  const variables = new Map<string, Sourced>();
  for (const { value, source } of settings.get('Service.Environment') ?? []) {
    for (const word of splitWords(value).map(expand)) {
      const equals = word.indexOf('=');
      if (equals > 0)
        variables.set(word.slice(0, equals), { value: word.slice(equals + 1), source });
    }
  }
  for (const { value } of settings.get('Service.EnvironmentFile') ?? []) {
    const path = expand(value.replace(/^-/, ''));
    const text = readText(host, path);
    if (text === undefined) continue;
    for (const [key, each] of environmentFile(text, path)) variables.set(key, each);
  }
  return variables;
}

/** The program and its words: variables put in, `sh -c` looked into. */
function commandWords(line: string, variables: ReadonlyMap<string, Sourced>): string[] {
  const written = splitWords(line.replace(/^[@\-:+!|]+/, ''));
  const words = written.flatMap((word) => {
    const alone = /^\$([A-Za-z_]\w*)$/.exec(word);
    // `$NAME` on its own is split into words, `${NAME}` never is (systemd.service(5)).
    if (alone) return splitWords(variables.get(alone[1]!)?.value ?? '');
    return [
      word.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, each: string) => variables.get(each)?.value ?? ''),
    ];
  });
  const [program = '', option, script] = words;
  if (!/(?:^|\/)(?:ba|da)?sh$/.test(program) || option !== '-c' || script === undefined)
    return words;
  return splitWords(script).filter((word) => word !== 'exec');
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
