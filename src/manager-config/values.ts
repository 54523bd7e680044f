/** How the values of milter-manager.ini are read: one function a kind of value, each throwing what is wrong with it. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import {
  ConnectionSpecError,
  parseConnectionSpec,
  type ConnectionSpec,
} from '../protocol/connection-spec.ts';

/** A value that cannot be used; the message completes the sentence `KEY ...`. */
export class BadValue extends Error {}

export type Read<T> = (text: string) => T;

/** What a child's failure counts as. The names are those of the C program. */
export const FALLBACK_STATUSES = ['accept', 'reject', 'temporary-failure', 'discard'] as const;
export type FallbackStatus = (typeof FALLBACK_STATUSES)[number];

export const text: Read<string> = (value) => {
  if (value === '') throw new BadValue('must not be empty');
  return value;
};

export const yesNo: Read<boolean> = (value) => {
  if (/^(yes|true|on|1)$/i.test(value)) return true;
  if (/^(no|false|off|0)$/i.test(value)) return false;
  throw new BadValue(`must be yes or no, not <${value}>`);
};

export function oneOf<const T extends string>(names: readonly T[]): Read<T> {
  return (value) => {
    const name = names.find((each) => each === value.toLowerCase());
    if (name === undefined)
      throw new BadValue(`must be one of ${names.join(', ')}, not <${value}>`);
    return name;
  };
}

export function integer(least: number, most: number): Read<number> {
  return (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (!(number >= least && number <= most)) {
      throw new BadValue(`must be a whole number from ${least} to ${most}, not <${value}>`);
    }
    return number;
  };
}

/** Seconds, fractions allowed, above 0. */
export const seconds: Read<number> = (value) => {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (!(number > 0 && number <= 86_400)) {
    throw new BadValue(`must be a number of seconds above 0, not <${value}>`);
  }
  return number;
};

/** Bytes; `k` and `m` after the number multiply. */
export function bytes(least: number): Read<number> {
  return (value) => {
    const match = /^(\d+)([km]?)$/i.exec(value);
    if (!match) throw new BadValue(`must be a number of bytes such as 5m, not <${value}>`);
    const unit = { k: 1024, m: 1024 * 1024 }[match[2]!.toLowerCase()] ?? 1;
    const number = Number(match[1]) * unit;
    if (!(number >= least && number <= Number.MAX_SAFE_INTEGER)) {
      throw new BadValue(
        `must be from ${least} to ${Number.MAX_SAFE_INTEGER} bytes, not <${value}>`,
      );
    }
    return number;
  };
}

/** File permissions in octal: `0660`, `660`. */
export const octal: Read<number> = (value) => {
  if (!/^0?[0-7]{3}$/.test(value)) throw new BadValue(`must be an octal mode, not <${value}>`);
  return parseInt(value, 8);
};

export const spec: Read<ConnectionSpec> = (value) => {
  try {
    return parseConnectionSpec(value);
  } catch (error) {
    if (error instanceof ConnectionSpecError) throw new BadValue(`is not usable: ${error.message}`);
    throw error;
  }
};

/** Words separated by commas; empty text is an empty list. */
export const list: Read<readonly string[]> = (value) =>
  value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

export function listOf<const T extends string>(names: readonly T[]): Read<readonly T[]> {
  const one = (word: string): T => {
    const name = names.find((each) => each.toLowerCase() === word.toLowerCase());
    if (name === undefined) throw new BadValue(`has <${word}>; known are ${names.join(', ')}`);
    return name;
  };
  return (value) => list(value).map(one);
}

/** Addresses and networks separated by commas: `192.0.2.0/24, 2001:db8::/32, 198.51.100.7`. */
export const networks: Read<BlockList> = (value) => {
  const all = new BlockList();
  for (const word of list(value)) {
    const [address = '', bits] = word.split('/');
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
    const most = family === 'ipv4' ? 32 : 128;
    if (
      family === undefined ||
      (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= most))
    ) {
      throw new BadValue(`has <${word}>, which is no address or network`);
    }
    all.addSubnet(address, bits === undefined ? most : Number(bits), family);
  }
  return all;
};

/**
 * Names and patterns separated by commas: `mail.example.org` is that name, `/re/` and `/re/i` are patterns, and may have
 * commas.
 */
function patterns(flags: '' | 'i'): Read<readonly RegExp[]> {
  const pattern = (word: string): RegExp => {
    if (!word.startsWith('/'))
      return new RegExp(`^${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, flags);
    const match = /^\/(.*)\/(i?)$/.exec(word);
    try {
      if (match) return new RegExp(match[1]!, flags || match[2]);
    } catch {
      // Said below.
    }
    throw new BadValue(`has <${word}>, which is no regular expression`);
  };
  return (value) =>
    (value.match(/\s*(?:\/(?:\\.|[^\\/])*\/[^,]*|[^,]+)/g) ?? [])
      .map((word) => word.trim())
      .filter((word) => word !== '')
      .map(pattern);
}

/** Host names as DNS gives them. */
export const namePatterns = patterns('');

/** Domains, whose case says nothing. */
export const domainPatterns = patterns('i');
