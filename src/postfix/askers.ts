/** The programs of Postfix that connect to milters: each smtpd, and each cleanup for mail that comes by no smtpd. */
import { elementsOf } from '../edit/main-cf-list.ts';
import type { MasterService } from './master-cf.ts';
import type { Parameters } from './parameters.ts';

/** A service of master.cf that asks milters, and which. */
export interface Asker {
  /** As `postconf -P` names it: `submission/inet`. */
  readonly name: string;
  readonly service: MasterService;
  readonly chrooted: boolean;
  readonly parameter: MilterList;
  /** Of this list: in master.cf where the service has its own. */
  readonly source: string;
  /** Whether master.cf gives it a list of its own. */
  readonly own: boolean;
  /** Each milter, every `$name` expanded. */
  readonly elements: readonly string[];
  /** With the service's own settings. */
  readonly parameters: Parameters;
}

export type MilterList = 'smtpd_milters' | 'non_smtpd_milters';

/** The two lists of milters in main.cf, and whose they are (postconf(5)). */
export const MILTER_LISTS: Readonly<Record<string, MilterList>> = {
  smtpd: 'smtpd_milters',
  cleanup: 'non_smtpd_milters',
};

/** `-` in column 5 means yes for a compatibility_level below 1, and in the versions that know none (master(5)). */
export function isChrooted(service: MasterService, main: Parameters): boolean {
  return service.chrooted ?? !(Number.parseFloat(main.value('compatibility_level') || '0') >= 1);
}

export function askersOf(
  services: readonly MasterService[],
  main: Parameters,
  directory: string,
): readonly Asker[] {
  return services.flatMap((service): Asker[] => {
    const parameter = MILTER_LISTS[service.command];
    if (parameter === undefined) return [];
    const parameters = ownParameters(service, main, directory);
    const own = service.settings.some((each) => each.parameter === parameter);
    return [
      {
        name: nameOf(service),
        service,
        chrooted: isChrooted(service, main),
        parameter,
        source: parameters.setting(parameter)?.source ?? `${directory}/main.cf`,
        own,
        elements: milters(parameters.value(parameter)),
        parameters,
      },
    ];
  });
}

export function nameOf({ name, type }: MasterService): string {
  return `${name}/${type}`;
}

/** The elements of a list whose names are expanded. */
export function milters(list: string): readonly string[] {
  return elementsOf(list).map(({ text }) => text);
}

export function ownParameters(
  { settings }: MasterService,
  main: Parameters,
  directory: string,
): Parameters {
  return main.with(
    settings.map(({ parameter, value, line }) => [
      parameter,
      { value, source: `${directory}/master.cf:${line}` },
    ]),
  );
}

/** Whether all, some or none of them take the queue directory for the root. */
export function chrootOf(askers: readonly Asker[]): boolean | 'some' {
  const inside = askers.filter(({ chrooted }) => chrooted).length;
  return inside === 0 ? false : inside === askers.length ? true : 'some';
}

/** Those who read this list, or have one of their own in its place. */
export function readersOf(askers: readonly Asker[], list: MilterList): readonly Asker[] {
  return askers.filter(({ parameter }) => parameter === list);
}
