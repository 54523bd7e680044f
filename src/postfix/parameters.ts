/** Parameters as one of Postfix's programs reads them: its `-o` settings, then main.cf, then what is built in. */
import { expandNames, NameError } from '../edit/main-cf-names.ts';
import { readableSettings } from '../edit/main-cf-parse.ts';

export interface Setting {
  /** As it is written. */
  readonly value: string;
  /** `/etc/postfix/main.cf:12`. */
  readonly source: string;
}

/** postconf(5), of the parameters that this room or its visitors ask for. */
export const DEFAULTS: Readonly<Record<string, string>> = {
  cleanup_service_name: 'cleanup',
  default_process_limit: '100',
  inet_interfaces: 'all',
  mail_owner: 'postfix',
  milter_command_timeout: '30s',
  milter_connect_timeout: '30s',
  milter_content_timeout: '300s',
  milter_default_action: 'tempfail',
  milter_protocol: '6',
  queue_directory: '/var/spool/postfix',
};

export class Parameters {
  private constructor(private readonly settings: ReadonlyMap<string, Setting>) {}

  /** @param path of main.cf, for the sources */
  static ofMainCf(text: string, path: string): Parameters {
    const settings = readableSettings(text).map(
      ({ key, value, first }) => [key, { value, source: `${path}:${first + 1}` }] as const,
    );
    return new Parameters(new Map(settings));
  }

  /** The same for a program with settings of its own: its `$names` see them, too. */
  with(own: readonly (readonly [string, Setting])[]): Parameters {
    return own.length === 0 ? this : new Parameters(new Map([...this.settings, ...own]));
  }

  /** As it is written; undefined where nobody sets it. */
  setting(name: string): Setting | undefined {
    return this.settings.get(name);
  }

  /** What it holds, every name expanded; empty where Postfix would stop at it. */
  value(name: string): string {
    return this.expanded(this.raw(name) ?? '');
  }

  /** A text of a setting, every name expanded. */
  expanded(text: string): string {
    try {
      return expandNames(text, (name) => this.raw(name));
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      return '';
    }
  }

  /** Why Postfix stops at it; undefined where it does not. */
  problem(name: string): string | undefined {
    try {
      expandNames(this.raw(name) ?? '', (each) => this.raw(each));
      return undefined;
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      return error.message;
    }
  }

  /** The words of a list apart by commas or blanks. */
  words(name: string): readonly string[] {
    return this.value(name)
      .split(/[\s,]+/)
      .filter((word) => word !== '');
  }

  /** Undefined where it is no whole number. */
  number(name: string): number | undefined {
    const value = this.value(name);
    return /^\d+$/.test(value) ? Number(value) : undefined;
  }

  /** A time in seconds (`30s`, `5m`, `300`); what is built in where it is none. */
  seconds(name: string): number {
    return secondsOf(this.value(name)) ?? secondsOf(DEFAULTS[name] ?? '') ?? 0;
  }

  isYes(name: string): boolean {
    return this.value(name).toLowerCase() === 'yes';
  }

  private raw(name: string): string | undefined {
    return this.settings.get(name)?.value ?? DEFAULTS[name];
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function secondsOf(text: string): number | undefined {
  const match = /^(\d+)([smhdw]?)$/.exec(text);
  return match ? Number(match[1]) * (UNITS[match[2]!] ?? 1) : undefined;
}
