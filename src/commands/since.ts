/** How far back a verb looks: `--since 90m`. */
import { EXIT, SetupError } from '../host/setup-error.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 };

/** @returns seconds. @throws SetupError `bad-since` */
export function secondsSince(text: string | true | undefined, usual: string): number {
  const given = typeof text === 'string' ? text : usual;
  const [, count = '', unit = ''] = /^(\d{1,5})([mhdw])$/.exec(given) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? 0);
  if (seconds > 0) return seconds;
  throw new SetupError({
    code: 'bad-since',
    message: `"${given}" is not a time (--since): a number with m, h, d or w`,
    hint: 'For the last week: --since 7d',
    exitCode: EXIT.usage,
  });
}
