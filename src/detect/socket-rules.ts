/** Where a milter's socket may be written, as data. */
import type { Format } from '../edit/format.ts';

/** Where a socket may be written. The first rule that gives a value counts. */
export type SocketRule =
  /** The word after an option on the command line, which overrides config files. */
  | { readonly from: 'option'; readonly option: string }
  /** An rc variable, or a variable of /etc/default, sysconfig or the unit's environment. */
  | { readonly from: 'variable'; readonly name: string }
  | ConfigRule
  | { readonly from: 'rspamd'; readonly directory: string }
  /** Compiled into the program or its package. */
  | { readonly from: 'built-in'; readonly spec: string };

export interface ConfigRule {
  readonly from: 'config';
  readonly format: ConfigFormat;
  readonly key: string;
  /** Where the service's own words and variables name no other file. The first that exists. */
  readonly paths: readonly string[];
  /** Options that name the file; '' for a word without one (`pyspf-milter FILE`). */
  readonly options: readonly string[];
  /** Variables that name the file. */
  readonly variables?: readonly string[];
}

export type ConfigFormat = Extract<Format, 'greylist' | 'clamav' | 'key-value'>;

export const option = (name: string): SocketRule => ({ from: 'option', option: name });
export const variable = (name: string): SocketRule => ({ from: 'variable', name });
export const builtIn = (spec: string): SocketRule => ({ from: 'built-in', spec });
export const config = (
  format: ConfigFormat,
  key: string,
  options: readonly string[],
  paths: readonly string[],
  variables: readonly string[] = [],
): ConfigRule => ({ from: 'config', format, key, options, paths, variables });
