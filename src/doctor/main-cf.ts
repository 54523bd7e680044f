/** Postfix's main.cf and master.cf as the checks need them: with lines, names expanded, and service by service. */
import { type MasterService, parseMasterCf } from '../detect/master-cf.ts';
import { expandElements, identityOf } from '../edit/main-cf-list.ts';
import { entryOf, readableSettings } from '../edit/main-cf-parse.ts';
import { type HostReader, readText } from '../host/host.ts';
import { postfixSpellings } from '../plan/postfix-notation.ts';

export interface Setting {
  readonly value: string;
  /** `/etc/postfix/main.cf:12`. */
  readonly source: string;
}

/** A service of master.cf that asks milters, and which. */
export interface AskingService {
  /** As `postconf -P` names it: `submission/inet`. */
  readonly name: string;
  readonly chrooted: boolean;
  /** `smtpd_milters`, or `non_smtpd_milters` of cleanup. */
  readonly parameter: string;
  /** Of this list: in master.cf where the service has its own. */
  readonly source: string;
  readonly own: boolean;
  /** Each milter, every `$name` expanded. */
  readonly elements: readonly string[];
}

export interface PostfixSettings {
  readonly path: string;
  readonly get: (key: string) => Setting | undefined;
  readonly asking: readonly AskingService[];
}

const LISTS: Readonly<Record<string, string>> = {
  smtpd: 'smtpd_milters',
  cleanup: 'non_smtpd_milters',
};

export function readPostfixSettings(host: HostReader, directory: string): PostfixSettings {
  const path = `${directory}/main.cf`;
  const entries = readableSettings(readText(host, path) ?? '');
  const master = parseMasterCf(readText(host, `${directory}/master.cf`) ?? '');
  const get = (key: string): Setting | undefined => {
    const entry = entryOf(entries, key);
    return entry && { value: entry.value, source: `${path}:${entry.first + 1}` };
  };
  // `-` means yes for a compatibility_level below 1 (master(5)).
  const usual = !(Number.parseFloat(get('compatibility_level')?.value ?? '0') >= 1);
  const asking = master.flatMap((service): AskingService[] => {
    const parameter = LISTS[service.command];
    if (parameter === undefined) return [];
    const own = ownList(service, parameter, `${directory}/master.cf`);
    const list = own ?? get(parameter);
    return [
      {
        name: `${service.name}/${service.type}`,
        chrooted: service.chrooted ?? usual,
        parameter,
        source: list?.source ?? path,
        own: own !== undefined,
        elements: expandElements(list?.value ?? '', entries),
      },
    ];
  });
  return { path, get, asking };
}

function ownList(
  { settings }: MasterService,
  parameter: string,
  path: string,
): Setting | undefined {
  const own = settings.findLast((each) => each.parameter === parameter);
  return own && { value: own.value, source: `${path}:${own.line}` };
}

/** Whether an element of a list is the milter that listens at `spec`, however main.cf spells it. */
export function isAt(element: string, spec: string, queueDirectory: string): boolean {
  const identity = identityOf(element);
  return postfixSpellings(spec, queueDirectory).some((each) => identityOf(each) === identity);
}
