/**
 * Postfix as its own files describe it: each instance with its parameters, its services, who of them asks which milters,
 * and the ways by which mail comes in. Nothing is run: no postconf.
 */
import { parseMainCf } from '../edit/main-cf-parse.ts';
import { EditError } from '../edit/format.ts';
import { splitLines } from '../edit/text.ts';
import { type HostReader, readText } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';
import { type Asker, askersOf, MILTER_LISTS } from './askers.ts';
import { type Entrance, entrancesOf } from './entrances.ts';
import { type MasterService, parseMasterCf } from './master-cf.ts';
import { Parameters } from './parameters.ts';

export interface Instance {
  /** Where its main.cf and master.cf lie. */
  readonly directory: string;
  /** `/etc/postfix/main.cf`. */
  readonly path: string;
  /** Whether there is a main.cf. */
  readonly exists: boolean;
  readonly parameters: Parameters;
  readonly queueDirectory: string;
  readonly services: readonly MasterService[];
  readonly askers: readonly Asker[];
  readonly entrances: readonly Entrance[];
  readonly warnings: readonly string[];
}

export interface Postfix extends Instance {
  /** Further instances that postmulti starts with this one. */
  readonly others: readonly Instance[];
  /** Of all instances. */
  readonly warnings: readonly string[];
}

/** @param directory of the first instance; where it has no files, it is what Postfix would be by default */
export function readPostfix(host: HostReader, directory: string): Postfix {
  const first = readInstance(host, directory);
  const { parameters } = first;
  const others = parameters
    .words('multi_instance_directories')
    .map((each) => readInstance(host, each))
    .filter((each) => each.exists && each.parameters.isYes('multi_instance_enable'));
  return { ...first, others, warnings: [first, ...others].flatMap((each) => each.warnings) };
}

/** The first one and the others. */
export function instancesOf(postfix: Postfix): readonly Instance[] {
  return [postfix, ...postfix.others];
}

function readInstance(host: HostReader, directory: string): Instance {
  const warnings: string[] = [];
  const read = (path: string): string | undefined => {
    try {
      return readText(host, path);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      warnings.push(error.message);
      return undefined;
    }
  };
  const path = `${directory}/main.cf`;
  const text = read(path);
  const parameters = Parameters.ofMainCf(text ?? '', path);
  warnings.push(...problemsOf(text ?? '', path, parameters));
  const services = parseMasterCf(read(`${directory}/master.cf`) ?? '');
  const askers = askersOf(services, parameters, directory);
  return {
    directory,
    path,
    exists: text !== undefined,
    parameters,
    queueDirectory: parameters.value('queue_directory'),
    services,
    askers,
    entrances: entrancesOf(host, services, askers, parameters, directory),
    warnings,
  };
}

/** Where Postfix would stop. */
function problemsOf(text: string, path: string, parameters: Parameters): readonly string[] {
  try {
    parseMainCf(splitLines(text));
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return [`${path}: ${error.message}`];
  }
  return Object.values(MILTER_LISTS).flatMap((name) => {
    const problem = parameters.problem(name);
    const source = parameters.setting(name)?.source ?? path;
    return problem === undefined ? [] : [`${source}: ${name}: ${problem}: Postfix stops here`];
  });
}

/** How many smtpd may serve the SMTP port at once; 0 is no limit, undefined where there is no such service. */
export function smtpdProcessLimit({ services, parameters }: Instance): number | undefined {
  const smtpd = services.filter((each) => each.command === 'smtpd');
  // Behind postscreen the SMTP port is served by the `pass` service smtpd.
  const service =
    smtpd.find((each) => each.type === 'inet' && /(?:^|:)(?:smtp|25)$/.test(each.name)) ??
    smtpd.find((each) => each.type === 'pass');
  if (service === undefined) return undefined;
  return service.processLimit ?? parameters.number('default_process_limit') ?? 100;
}
