/** Finds where a milter listens, by its rules. */
import type { HostReader } from '../host/host.ts';
import { readSetting } from './config-file.ts';
import { rspamdProxy } from './rspamd.ts';
import type { Service } from './service.ts';
import type { ConfigRule, SocketRule } from './socket-rules.ts';
import type { Sourced } from './sh-variables.ts';

/** The socket as it is written, and where; undefined where none is configured. */
export function findSocket(
  host: HostReader,
  milter: string,
  rules: readonly SocketRule[],
  service: Service,
  warn: (warning: string) => void,
): Sourced | undefined {
  for (const rule of rules) {
    // What cannot be read may set it: what comes after it is no answer.
    const unread: string[] = [];
    const found = byRule(host, milter, rule, service, (warning) => {
      unread.push(warning);
      warn(warning);
    });
    if (unread.length > 0) return undefined;
    if (found !== undefined && found.value !== '') return found;
  }
  return undefined;
}

function byRule(
  host: HostReader,
  milter: string,
  rule: SocketRule,
  service: Service,
  warn: (warning: string) => void,
): Sourced | undefined {
  switch (rule.from) {
    case 'option': {
      const value = optionValue(service.words, rule.option);
      return value === undefined ? undefined : { value, source: sourceOf(value, service) };
    }
    case 'variable':
      return variableOf(service, rule.name);
    case 'config': {
      const path = configPath(host, rule, service);
      return path === undefined ? undefined : readSetting(host, path, rule.format, rule.key, warn);
    }
    case 'rspamd':
      return rspamdProxy(host, rule.directory).socket;
    case 'built-in':
      return { value: rule.spec, source: `built into ${milter}` };
  }
}

function variableOf({ variables, handed }: Service, name: string): Sourced | undefined {
  return handed === undefined || handed.has(name) ? variables.get(name) : undefined;
}

/** The config file that the service reads: as its words or variables say, else the usual one. */
export function configPath(
  host: HostReader,
  rule: ConfigRule,
  service: Service,
): string | undefined {
  for (const option of rule.options) {
    const value = option === '' ? firstPath(service.words) : optionValue(service.words, option);
    if (value) return value;
  }
  for (const name of rule.variables ?? []) {
    const value = variableOf(service, name)?.value;
    if (value) return value;
  }
  return rule.paths.find((path) => host.stat(path) !== undefined);
}

/** `-p VALUE`, `-pVALUE`, `--name VALUE`, `--name=VALUE`; what follows `--` belongs to another program. */
function optionValue(words: readonly string[], option: string): string | undefined {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  let value: string | undefined;
  own.forEach((word, index) => {
    if (word === option) value = own[index + 1] ?? value;
    else if (option.startsWith('--') && word.startsWith(`${option}=`)) {
      value = word.slice(option.length + 1);
    } else if (!option.startsWith('--') && word.startsWith(option)) {
      value = word.slice(option.length);
    }
  });
  return value;
}

function firstPath(words: readonly string[]): string | undefined {
  return words[0]?.startsWith('/') ? words[0] : undefined;
}

/** A word often comes from a variable of its own, whose line says more than that of the whole command. */
function sourceOf(value: string, service: Service): string {
  for (const variable of service.variables.values()) {
    if (variable.value === value) return variable.source;
  }
  return service.wordsFrom;
}
