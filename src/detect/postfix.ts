/** What Postfix's own files say about milters, chroots and process limits. Nothing is run: no postconf. */
import { editorFor } from '../edit/editors.ts';
import { EditError } from '../edit/format.ts';
import { readText, type HostReader } from '../host/host.ts';
import { forgivingReader } from './forgiving-reader.ts';
import { type MasterService, parseMasterCf } from './master-cf.ts';

export interface PostfixFacts {
  /** As they are written; undefined where main.cf does not set them. */
  readonly smtpdMilters: string | undefined;
  readonly nonSmtpdMilters: string | undefined;
  readonly milterDefaultAction: string | undefined;
  readonly milterMailMacros: string | undefined;
  readonly inetInterfaces: string | undefined;
  /** Seconds until a milter must have answered the negotiation; undefined where there is no main.cf. */
  readonly milterConnectTimeout: number | undefined;
  readonly defaultProcessLimit: number | undefined;
  readonly queueDirectory: string;
  /** Whether any smtpd looks up UNIX sockets below the queue directory. */
  readonly smtpdChrooted: boolean;
  readonly cleanupChrooted: boolean;
  /** How many smtpd may serve the SMTP port at once; 0 is no limit, undefined where there is no such service. */
  readonly smtpdProcessLimit: number | undefined;
  /** Services that have milters of their own, whatever main.cf says. */
  readonly overrides: readonly MilterOverride[];
  readonly warnings: readonly string[];
}

export interface MilterOverride {
  readonly service: string;
  /** Of the setting in master.cf, 1-based. */
  readonly line: number;
  /** `smtpd_milters` or `non_smtpd_milters`. */
  readonly parameter: string;
  readonly value: string;
}

/** postconf(5). */
const DEFAULT_PROCESS_LIMIT = 100;
export const MILTER_CONNECT_TIMEOUT = 30;
const DEFAULT_QUEUE_DIRECTORY = '/var/spool/postfix';
const MILTER_LISTS = ['smtpd_milters', 'non_smtpd_milters'];

/** Reads main.cf and master.cf; where there are none, what Postfix would do by default. */
export function readPostfix(host: HostReader, postfixDirectory: string): PostfixFacts {
  const warnings: string[] = [];
  const reader = forgivingReader(host, (warning) => warnings.push(warning));
  const path = `${postfixDirectory}/main.cf`;
  const text = readText(reader, path);
  const main = text ?? '';
  const value = (key: string): string | undefined => {
    try {
      return editorFor('main.cf').read(main, key);
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      const warning = `${path}: ${error.message}`;
      if (!warnings.includes(warning)) warnings.push(warning);
      return undefined;
    }
  };
  const services = parseMasterCf(readText(reader, `${postfixDirectory}/master.cf`) ?? '');
  const chrootedByDefault = isChrootedByDefault(value('compatibility_level'));
  const chrooted = (command: string): boolean =>
    services.some((each) => each.command === command && (each.chrooted ?? chrootedByDefault));
  const limit = numberOf(value('default_process_limit'));
  return {
    smtpdMilters: value('smtpd_milters'),
    nonSmtpdMilters: value('non_smtpd_milters'),
    milterDefaultAction: value('milter_default_action'),
    milterMailMacros: value('milter_mail_macros'),
    inetInterfaces: value('inet_interfaces'),
    milterConnectTimeout:
      text === undefined
        ? undefined
        : (secondsOf(value('milter_connect_timeout') ?? '') ?? MILTER_CONNECT_TIMEOUT),
    defaultProcessLimit: limit,
    queueDirectory: value('queue_directory') ?? DEFAULT_QUEUE_DIRECTORY,
    smtpdChrooted: chrooted('smtpd'),
    cleanupChrooted: chrooted('cleanup'),
    smtpdProcessLimit: smtpdProcessLimit(services, limit ?? DEFAULT_PROCESS_LIMIT),
    overrides: services.flatMap(overridesOf),
    warnings,
  };
}

/** Behind postscreen the SMTP port is served by the `pass` service smtpd. */
function smtpdProcessLimit(services: readonly MasterService[], limit: number): number | undefined {
  const smtpd = services.filter((each) => each.command === 'smtpd');
  const service =
    smtpd.find((each) => each.type === 'inet' && /(?:^|:)(?:smtp|25)$/.test(each.name)) ??
    smtpd.find((each) => each.type === 'pass');
  return service === undefined ? undefined : (service.processLimit ?? limit);
}

function overridesOf(service: MasterService): MilterOverride[] {
  return service.settings
    .filter((setting) => MILTER_LISTS.includes(setting.parameter))
    .map((setting) => ({ service: service.name, ...setting }));
}

/** `-` in column 5 means yes for a compatibility_level below 1, and in the versions that know none (master(5)). */
function isChrootedByDefault(compatibilityLevel: string | undefined): boolean {
  return !(Number.parseFloat(compatibilityLevel ?? '0') >= 1);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of a time in main.cf (`30s`, `5m`, `300`); undefined for what is none. */
export function secondsOf(text: string): number | undefined {
  const match = /^(\d+)([smhdw]?)$/.exec(text);
  return match ? Number(match[1]) * (UNITS[match[2]!] ?? 1) : undefined;
}
