/** Options of daemons in shell variables: ours are put among the host's, as the programs themselves read them. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shell } from '../../src/edit/shell.ts';
import type { OptionRules } from '../../src/edit/format.ts';
import { SPAMASS_OPTIONS } from '../../src/milters/spamass.ts';
import { SPAMD_OPTIONS } from '../../src/milters/spamd.ts';
import { havePrograms, runs } from './programs.ts';

const MILTER = 'OPTIONS="${OPTIONS} -m -r 15"\n';
const SPAMD = 'OPTIONS="--create-prefs --max-children 30 --helper-home-dir"\n';

const merged = (text: string, template: string, rules: OptionRules) =>
  shell.merge(text, { text: template, options: { OPTIONS: rules, spamd_flags: rules } });
const milter = (text: string): string => merged(text, MILTER, SPAMASS_OPTIONS).text;
const spamd = (text: string): string => merged(text, SPAMD, SPAMD_OPTIONS).text;

describe('options of spamass-milter', () => {
  it.each([
    [
      'stand before what is for spamc',
      'OPTIONS="-I -i 127.0.0.1 -- -u debian-spamd"\n',
      'OPTIONS="-I -i 127.0.0.1 -m -r 15 -- -u debian-spamd"\n',
    ],
    [
      'leave a score of the host',
      'OPTIONS="-I -i 127.0.0.1 -r 10 -- -u debian-spamd"\n',
      'OPTIONS="-I -i 127.0.0.1 -r 10 -m -- -u debian-spamd"\n',
    ],
    [
      'are no options of spamc with the same letters',
      "OPTIONS='-I -- -r -u x'\n",
      "OPTIONS='-I -m -r 15 -- -r -u x'\n",
    ],
    ['are known where they are joined', 'OPTIONS="-Imr8"\n', 'OPTIONS="-Imr8"\n'],
    ['are no values of others', 'OPTIONS="-u -m -r9"\n', 'OPTIONS="-u -m -r9 -m"\n'],
    ['get quotes where there were none', 'OPTIONS=-r9\n', 'OPTIONS="-r9 -m"\n'],
    [
      'are looked for in every line that adds',
      'OPTIONS="-u me"\nOPTIONS="${OPTIONS} -r 9"\n',
      'OPTIONS="-u me"\nOPTIONS="${OPTIONS} -r 9 -m"\n',
    ],
    [
      'go into the line with the dashes, not behind it',
      'OPTIONS="-u me -- -s 9"\nOPTIONS="$OPTIONS -r 9"\n',
      'OPTIONS="-u me -m -r 15 -- -s 9"\nOPTIONS="$OPTIONS -r 9"\n',
    ],
    [
      'are a line of their own behind a stock line',
      'OPTIONS="-u spamass-milter"\n',
      'OPTIONS="-u spamass-milter"\nOPTIONS="${OPTIONS} -m -r 15"\n',
    ],
  ])('%s', (_, before, after) => {
    expect(milter(before)).toBe(after);
    expect(milter(after)).toBe(after);
  });

  it('say what they leave', () => {
    expect(merged('OPTIONS="-m -r 10"\n', MILTER, SPAMASS_OPTIONS).notes).toEqual([
      'OPTIONS has -r 10, and keeps it: ours is -r 15',
    ]);
  });

  it('are put nowhere where a quote has no end', () => {
    expect(() => milter(`OPTIONS="-R 'no -r 9"\n`)).toThrow('no end');
    expect(() => milter(`OPTIONS="-R "'x'" -r 9"\n`)).toThrow('several quotes');
  });
});

describe('options of spamd', () => {
  it.each([
    ['OPTIONS="-x -u filter -m 5"\n', 'OPTIONS="-x -u filter -m 30"\n'],
    ['OPTIONS="-m5 -x"\n', 'OPTIONS="-m30 -x"\n'],
    ['OPTIONS="-xcm5"\n', 'OPTIONS="-xcm30"\n'],
    ['OPTIONS="--max-children=5 -s mail"\n', 'OPTIONS="--max-children=30 -s mail"\n'],
    [
      'OPTIONS="--max-children 5 --socketpath=/s"\n',
      'OPTIONS="--max-children 30 --socketpath=/s"\n',
    ],
    ['OPTIONS="-x -s mail"\n', 'OPTIONS="-x -s mail --max-children 30"\n'],
    [
      `OPTIONS="-c -m5 -H --razor-home-dir='/a b/'"\n`,
      `OPTIONS="-c -m30 -H --razor-home-dir='/a b/'"\n`,
    ],
  ])('keep all others: %s', (before, after) => {
    expect(spamd(before)).toBe(after);
    expect(spamd(after)).toBe(after);
  });

  it('are the template’s where the variable is not set', () => {
    expect(spamd('# nothing\n')).toBe(`# nothing\n${SPAMD}`);
  });
});

/** What sh hands to the program, one argument a line. */
function argumentsOf(text: string): string[] {
  const script = `${text}\nset -f; for word in $OPTIONS; do printf '%s\\n' "$word"; done`;
  return spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout.split('\n').slice(0, -1);
}

/** As getopt(1) reads them: each option with its value before `--`, and all that is behind. */
function getopt(short: string, argv: readonly string[]): { own: string[]; behind: string[] } {
  const { stdout } = spawnSync('getopt', ['-u', '-o', `+${short}`, '--', ...argv], {
    encoding: 'utf8',
  });
  const words = stdout.trim().split(/\s+/);
  const at = words.indexOf('--');
  const own: string[] = [];
  for (let index = 0; index < at; index++) {
    const takes = short[short.indexOf(words[index]![1]!) + 1] === ':';
    own.push(takes ? `${words[index]} ${words[++index]}` : words[index]!);
  }
  return { own, behind: words.slice(at + 1) };
}

const WITH_VALUE = ['u', 'i', 'e', 'P', 'R', 'r'];
const WITHOUT = ['I', 'f', 'x', 'a', 'm'];
const value = fc.constantFrom('x', '10', '/run/x', '127.0.0.1,10.0.0.0/8', '-m', '-1');
const flags = fc
  .array(fc.constantFrom(...WITHOUT), { minLength: 1, maxLength: 3 })
  .map((all) => `-${all.join('')}`);
const option = fc.oneof(
  flags,
  fc
    .tuple(fc.constantFrom(...WITH_VALUE), fc.constantFrom(' ', ''), value)
    .map((all) => `-${all.join('')}`),
  fc.tuple(flags, fc.constantFrom(...WITH_VALUE), value).map((all) => all.join('')),
);
const words = fc.array(option, { maxLength: 5 }).map((all) => all.join(' '));
const line = fc
  .tuple(words, fc.option(words))
  .map(([own, rest]) => `${own}${rest === null ? '' : ` -- ${rest}`}`);

describe.skipIf(!havePrograms('getopt', 'sh'))('getopt and sh, of any options', () => {
  const short = SPAMASS_OPTIONS.grammar.short;

  it('find ours before the dashes, and all others as they were', () => {
    fc.assert(
      fc.property(line, fc.option(words), fc.constantFrom('"', "'"), (first, more, quote) => {
        const added = more === null ? '' : `OPTIONS="$OPTIONS ${more}"\n`;
        const text = `A=1\nOPTIONS=${quote}${first}${quote} # why\n${added}B=2\n`;
        const before = getopt(short, argumentsOf(text));
        const after = getopt(short, argumentsOf(milter(text)));
        const ours = [
          ...(before.own.includes('-m') ? [] : ['-m']),
          ...(before.own.some((each) => each.startsWith('-r')) ? [] : ['-r 15']),
        ];
        expect(after.own.toSorted()).toEqual([...before.own, ...ours].toSorted());
        expect(after.behind).toEqual(before.behind);
        expect(milter(milter(text))).toBe(milter(text));
      }),
      runs(150),
    );
  });
});

describe.skipIf(!havePrograms('spamass-milter', 'spamc'))('the programs themselves', () => {
  it('have the options that are in the table', () => {
    const usage = spawnSync('spamass-milter', ['-?'], { encoding: 'utf8' });
    const synopsis = /Usage:([^]*?)\n\s+-p socket:/.exec(usage.stdout + usage.stderr)![1]!;
    const { short } = SPAMASS_OPTIONS.grammar;
    const named = [...synopsis.matchAll(/-(\w)(\|-(\w))?( [\w[])?/g)].flatMap((match) =>
      [match[1]!, match[3]]
        .filter((name) => name !== undefined)
        .map((name) => [name, match[4] !== undefined] as const),
    );
    expect(named.length).toBeGreaterThan(15);
    for (const [name, takes] of named) {
      expect([name, short[short.indexOf(name) + 1] === ':'], name).toEqual([name, takes]);
      expect(short).toContain(name);
    }
  });

  it('take what is behind the dashes: spamc ends with 64 where it does not know an option', () => {
    const behind = (text: string): string[] => {
      const all = argumentsOf(text);
      return all.slice(all.indexOf('--') + 1);
    };
    const spamc = (argv: readonly string[]): number | null =>
      spawnSync('spamc', ['-p', '1', '-d', '127.0.0.1', '--connect-retries=1', ...argv], {
        input: 'a: b\n\nc\n',
      }).status;
    const text = 'OPTIONS="-I -i 127.0.0.1 -r 10 -- -u debian-spamd"\n';
    expect(spamc([...behind(text), '-m', '-r', '15'])).toBe(64);
    expect(spamc(behind(milter(text)))).toBe(0);
  });
});
