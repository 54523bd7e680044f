/**
 * A scenario is a dialogue:
 *
 *     # what it shows
 *     manager: message_timeout = 0.3
 *     milter greylist: fallback_status = temporary-failure      scripted below
 *     milter clamav continues                                   says CONTINUE to everything
 *     milter gone is down
 *
 *     MTA > CONNECT mail.example.org 192.0.2.1       who says what
 *     greylist < CONNECT mail.example.org 192.0.2.1  who hears what, byte for byte
 *     greylist > REPLY 451 4.7.1 later
 *     MTA < REPLY 451 4.7.1 later
 *     log: greylist: temporary-failure at connect   a line of it has these words, soon; `no log:`, none so far
 *
 * Who negotiates nothing offers, or agrees to, version 6 and every action; `steps=` and `actions=` (hexadecimal) after
 * a milter's name, or `MTA steps=...`, set what. `MTA2` is another session of the MTA, `greylist2` the greylister's part
 * in it (or the one after a loss). `greylist > STOP` closes its connection and listens no more, until `greylist > START`.
 * `(after 0.2 s)` behind a line asserts that it is heard about then: not in half the time, not
 * much later.
 */

export interface MilterLine {
  readonly name: string;
  readonly manner: 'scripted' | 'continues' | 'down' | 'silent';
  /** Keys of its section in the ini. */
  readonly settings: readonly string[];
  /** What it agrees to, as words of OPTNEG. */
  readonly negotiation: string;
}

export type Step =
  | {
      readonly kind: 'says' | 'hears';
      readonly who: string;
      readonly words: string;
      readonly after: number | undefined;
    }
  | { readonly kind: 'log' | 'no log'; readonly text: string }
  | { readonly kind: 'wait'; readonly seconds: number };

export interface Scenario {
  readonly title: string;
  readonly manager: readonly string[];
  /** Other sections of the ini, as they stand. */
  readonly ini: readonly string[];
  readonly milters: readonly MilterLine[];
  /** What the MTA offers, as words of OPTNEG; undefined where the dialogue negotiates itself. */
  readonly offer: string | undefined;
  readonly steps: readonly (Step & { readonly line: number })[];
}

/** Reads a scenario's text. */
export function parseScenario(text: string): Scenario {
  const manager: string[] = [];
  const ini: string[] = [];
  const milters: MilterLine[] = [];
  const steps: (Step & { line: number })[] = [];
  let title = '';
  let offer: string | undefined = '6 actions=1ff steps=1fffff';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '') continue;
    if (line.startsWith('#')) title ||= line.slice(1).trim();
    else if (line.startsWith('manager:')) manager.push(...settingsOf(line.slice(8)));
    else if (line.startsWith('ini:')) ini.push(line.slice(4).trim());
    else if (line.startsWith('milter ')) milters.push(milterOf(line.slice(7)));
    else if (/^MTA (offers|negotiates itself)/.test(line)) {
      offer = line.startsWith('MTA offers ') ? line.slice(11) : undefined;
    } else steps.push({ ...stepOf(line), line: index + 1 });
  }
  return { title, manager, ini, milters, offer, steps };
}

function milterOf(text: string): MilterLine {
  const [head = '', ...rest] = text.split(/: +/);
  const [name = '', ...words] = head.trim().split(' ');
  const manner = words.includes('continues')
    ? 'continues'
    : words.includes('down')
      ? 'down'
      : words.includes('silent')
        ? 'silent'
        : 'scripted';
  const numbers = words.filter((word) => word.includes('=') || /^\d+$|^\d:/.test(word));
  const version = numbers.find((word) => /^\d+$/.test(word)) ?? '6';
  const others = numbers.filter((word) => word !== version);
  return {
    name,
    manner,
    settings: settingsOf(rest.join(': ')),
    negotiation: [version, ...others].join(' '),
  };
}

function settingsOf(text: string): readonly string[] {
  return text
    .split(';')
    .map((setting) => setting.trim())
    .filter((setting) => setting !== '');
}

function stepOf(line: string): Step {
  const log = /^(no )?log: (.*)$/.exec(line);
  if (log) return { kind: log[1] ? 'no log' : 'log', text: log[2]! };
  const wait = /^wait ([\d.]+) s$/.exec(line);
  if (wait) return { kind: 'wait', seconds: Number(wait[1]) };
  const said = /^(\S+) ([<>]) (.*?)(?: +\(after ([\d.]+) s\))?$/.exec(line);
  if (!said) throw new Error(`no step of a scenario: ${line}`);
  const after = said[4] === undefined ? undefined : Number(said[4]);
  return { kind: said[2] === '>' ? 'says' : 'hears', who: said[1]!, words: said[3]!, after };
}
