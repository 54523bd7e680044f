/**
 * A scenario: what the MTA says and hears, packet by packet.
 *
 *     # comment
 *     MTA offers 6 actions=1ff steps=1fffff       what each session negotiates; that is also the default
 *     MTA > MAIL <a@example.org>                  the MTA says
 *     MTA < CONTINUE                              the MTA hears, byte for byte
 *     MTA < CONTINUE (after 0.2 s)                when it comes is not looked at here
 *     MTA2 > QUIT                                 another session
 *     MTA > CLOSE                                 without a word; MTA < EOF: the other side has closed
 *     wait 0.5 s
 *
 * The manager's own scenarios are such files. What they tell of milters, of the manager's settings and of its log is
 * for whoever sets these up: here it is read past.
 */
import { encodeWords } from './scenario-words.ts';

export type ScenarioStep =
  | {
      readonly kind: 'says' | 'hears';
      readonly line: number;
      /** The session: `MTA`, `MTA2`. */
      readonly who: string;
      readonly words: string;
      /** Undefined where the connection ends. */
      readonly bytes: Buffer | undefined;
    }
  | { readonly kind: 'wait'; readonly line: number; readonly seconds: number };

export interface ScenarioFile {
  /** What each session offers before its first line; undefined where the lines themselves negotiate. */
  readonly offer: Buffer | undefined;
  readonly steps: readonly ScenarioStep[];
}

const DEFAULT_OFFER = '6 actions=1ff steps=1fffff';
/** Words for the end of a connection, instead of a packet. */
const ENDS: ReadonlySet<string> = new Set(['CLOSE', 'EOF']);
const SETTING_UP = /^(?:#|manager:|ini:|milter |log:|no log:|$)/;
const SPOKEN = /^(\S+) ([<>]) (.*?)(?: +\(after [\d.]+ s\))?$/;

/** @param path for errors @throws Error with path and line */
export function readScenario(text: string, path: string): ScenarioFile {
  let offer: Buffer | undefined = encodeWords(`OPTNEG ${DEFAULT_OFFER}`);
  const steps: ScenarioStep[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    try {
      const words = raw.trim();
      if (SETTING_UP.test(words)) continue;
      if (words === 'MTA negotiates itself') offer = undefined;
      else if (words.startsWith('MTA offers ')) offer = encodeWords(`OPTNEG ${words.slice(11)}`);
      else steps.push(...stepsOf(words, line));
    } catch (error) {
      throw new Error(`${path}:${line}: ${(error as Error).message}`, { cause: error });
    }
  }
  if (steps.length === 0) throw new Error(`${path}: the MTA says nothing in it`);
  return { offer, steps };
}

function stepsOf(text: string, line: number): readonly ScenarioStep[] {
  const wait = /^wait ([\d.]+) s$/.exec(text);
  if (wait) return [{ kind: 'wait', line, seconds: Number(wait[1]) }];
  const spoken = SPOKEN.exec(text);
  if (spoken === null) throw new Error(`neither "MTA > WORDS" nor "MTA < WORDS": ${text}`);
  const [, who = '', arrow, words = ''] = spoken;
  if (!/^MTA\d*$/.test(who)) return [];
  const kind = arrow === '>' ? 'says' : 'hears';
  return [{ kind, line, who, words, bytes: ENDS.has(words) ? undefined : encodeWords(words) }];
}
