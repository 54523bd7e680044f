/** Colour, characters and animation, decided once from the terminal and the environment. */
import { styleText } from 'node:util';
import { wantsColor } from '../program/color.ts';

export type ColorWhen = 'auto' | 'always' | 'never';
type Format = Parameters<typeof styleText>[0];

export interface Style {
  readonly color: boolean;
  /** Whether characters beyond ASCII are shown. */
  readonly unicode: boolean;
  /** Whether lines may be redrawn. */
  readonly animate: boolean;
  /** Where prose is wrapped. */
  readonly columns: number;
  readonly marks: {
    readonly pass: string;
    readonly fail: string;
    readonly skip: string;
    readonly warn: string;
    readonly arrow: string;
  };
  /** The text in that format (`bold`, `red`, ...); unchanged without colour. */
  readonly paint: (format: Format, text: string) => string;
}

export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
  readonly columns?: number | undefined;
  readonly when: ColorWhen;
  readonly verbose: boolean;
}

/** no-color.org and FORCE_COLOR; TERM=dumb and CI never animate; a locale that is not UTF-8 gets ASCII. */
export function decideStyle(terminal: Terminal): Style {
  const { environment, isTTY } = terminal;
  const color = decideColor(terminal);
  const unicode = isUnicode(environment) && environment['TERM'] !== 'linux';
  const calm = environment['TERM'] === 'dumb' || isSet(environment['CI']) || terminal.verbose;
  return {
    color,
    unicode,
    animate: isTTY && !calm,
    columns: Math.min(isTTY ? (terminal.columns ?? 80) : 80, 100),
    marks: unicode
      ? { pass: '✔', fail: '✖', skip: '↓', warn: '⚠', arrow: '→' }
      : { pass: '+', fail: 'x', skip: '-', warn: '!', arrow: '->' },
    paint: (format, text) => (color ? styleText(format, text, { validateStream: false }) : text),
  };
}

/** For tests and for text that is not shown on a terminal. */
export const PLAIN: Style = decideStyle({
  environment: { LC_ALL: 'C' },
  isTTY: false,
  when: 'never',
  verbose: false,
});

function decideColor({ when, environment, isTTY }: Terminal): boolean {
  if (when !== 'auto') return when === 'always';
  return wantsColor(environment, isTTY);
}

/** POSIX: LC_ALL over LC_CTYPE over LANG; an empty one counts as unset. */
function isUnicode(environment: Terminal['environment']): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return /utf-?8/i.test(locale);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
