/** Random main.cf and master.cf: what our reader makes of them is what Postfix's own postconf says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandNames } from '../../src/edit/main-cf-names.ts';
import { type MasterService, parseMasterCf } from '../../src/postfix/master-cf.ts';
import { DEFAULTS, Parameters } from '../../src/postfix/parameters.ts';
import { havePostconf, postconf } from './postconf.ts';

const PATH = '/etc/postfix/main.cf';
const RUNS = 40;

/** postconf prints runs of blanks as they are or as one, by version. */
const collapsed = (text: string): string => text.replace(/\s+/g, ' ').trim();

const literal = fc.constantFrom('inet:127.0.0.1:8891', 'unix:/a/b', ',', ' ', ', ', 'x', '$$', '');

/** Values that mention these names, mostly well formed. No circles: postconf takes long to find some of them. */
function values(names: readonly string[]): fc.Arbitrary<string> {
  const name = fc.constantFrom(...names, 'unset', 'milter_default_action', 'queue_directory');
  return fc.letrec<{ value: string; piece: string; choice: string }>((tie) => ({
    value: fc.array(tie('piece'), { maxLength: 3 }).map((pieces) => pieces.join('')),
    piece: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      literal,
      name.map((each) => `$${each} `),
      name.map((each) => `\${${each}}`),
      name.map((each) => `$(${each})`),
      fc.tuple(name, tie('choice')).map(([each, choice]) => `\${${each}${choice}}`),
      fc
        .tuple(tie('value'), fc.constantFrom('==', '!=', '<', '>='), tie('value'), tie('choice'))
        .map(([left, operator, right, choice]) => `\${{${left}} ${operator} {${right}} ${choice}}`),
      tie('value').map((inner) => `{ ${inner}, default_action=accept }`),
    ),
    choice: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      fc.tuple(fc.constantFrom('?', ':'), literal).map(([sign, inner]) => sign + inner),
      fc.tuple(fc.constantFrom('?', ':'), tie('value')).map(([sign, inner]) => `${sign}{${inner}}`),
      fc.tuple(tie('value'), tie('value')).map(([yes, no]) => ` ? {${yes}} : {${no}} `),
    ),
  })).value;
}

const settings = fc.record({
  one: values(['two', 'three']),
  two: values(['three']),
  three: values([]),
  list: values(['one', 'two']),
});
const textOf = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([key, text]) => `${key} = ${text}\n`)
    .join('');

describe.runIf(havePostconf)('values', () => {
  it('are expanded as postconf -x expands them', () => {
    fc.assert(
      fc.property(settings, ({ one, two, three, list }) => {
        const text = textOf({ one, two, three, smtpd_milters: list });
        const theirs = postconf(text, '', '-xh', 'smtpd_milters');
        const parameters = Parameters.ofMainCf(text, PATH);
        expect([text, parameters.problem('smtpd_milters')]).toEqual([text, undefined]);
        expect([text, collapsed(parameters.value('smtpd_milters'))]).toEqual([
          text,
          collapsed(theirs!.join('\n')),
        ]);
      }),
      { numRuns: RUNS * 2 },
    );
  });

  it.each([
    ['${one?yes $one}', 'yes 1'],
    ['${unset?{a}:{b}}', 'b'],
    ['${unset:b}${one:c}', 'b'],
    ['${{10} < {9} ? {less}:{more}}', 'more'],
    ['${{3.6} <level {3.10} ? {less}:{more}}', 'less'],
    ['$$one $one-x $(one)', '$one 1-x 1'],
  ])('%s', (text, expected) => {
    expect(expandNames(text, (each) => (each === 'one' ? '1' : undefined))).toBe(expected);
    expect(postconf(`one = 1\nsmtpd_milters = ${text}\n`, '', '-xh', 'smtpd_milters')).toEqual([
      expected,
    ]);
  });

  it.each(['$', '${', '${}', '$-', '${one-two}', '${one?{a}b}', '${{a}?{b}}', '$smtpd_milters'])(
    '%s stops Postfix',
    (wrong) => {
      const text = `one = 1\nsmtpd_milters = x ${wrong}\n`;
      expect(postconf(text, '', '-xh', 'smtpd_milters')).toBeUndefined();
      const parameters = Parameters.ofMainCf(text, PATH);
      expect(parameters.problem('smtpd_milters')).toBeDefined();
      expect(parameters.value('smtpd_milters')).toBe('');
    },
  );

  it('that nobody sets are those that are built in', () => {
    for (const [key, built] of Object.entries(DEFAULTS)) {
      expect([key, ...(postconf('', '', '-dh', key) ?? [])]).toEqual([key, built]);
    }
  });
});

const word = fc.constantFrom('inet:1', 'unix:a/b', '$one', '${two}', 'x', '');
const inBraces = fc
  .tuple(word, word)
  .map(([first, second]) => `{ ${first}, { ${second} , default_action=accept } }`);
const key = fc.constantFrom('smtpd_milters', 'non_smtpd_milters', 'three', 'content_filter');
const blank = fc.constantFrom(' ', '  ', '\t', '\n  ', '\n# a comment\n  ', '\n\n\t');
const option = fc.oneof(
  fc.tuple(key, word, blank).map(([each, text, gap]) => `-o${gap}${each}=${text}`),
  fc
    .tuple(key, fc.oneof(word, inBraces), blank)
    .map(([each, text, gap]) => `-o${gap}{ ${each} = ${text} }`),
  fc.tuple(key, inBraces).map(([each, text]) => `-o ${each}=${text}`),
  fc.constantFrom('-v', '-vv'),
);
const entry = fc
  .record({
    chroot: fc.constantFrom('y', 'n', '-'),
    limit: fc.constantFrom('-', '0', '1', '20'),
    command: fc.constantFrom('smtpd', 'cleanup', 'pickup', 'pipe'),
    options: fc.array(fc.tuple(blank, option), { maxLength: 4 }),
    rest: fc.constantFrom(
      '',
      ' user=nobody argv={ a b } -o one=not',
      '\n\n# end',
      ' -- -o one=not',
    ),
  })
  .map(({ chroot, limit, command, options, rest }) => ({
    columns: `inet n - ${chroot} - ${limit} ${command}`,
    rest: options.map(([gap, text]) => gap + text).join('') + rest,
  }));
const master = fc
  .array(entry, { maxLength: 4 })
  .map((entries) =>
    entries.map(({ columns, rest }, index) => `1002${index} ${columns}${rest}\n`).join(''),
  );

const columnsOf = ({
  name: service,
  type,
  chrooted,
  processLimit,
  command,
}: MasterService): string =>
  [
    service,
    type,
    chrooted === undefined ? '-' : chrooted ? 'y' : 'n',
    processLimit ?? '-',
    command,
  ].join(' ');

describe.runIf(havePostconf)('services', () => {
  it('are those that postconf -M finds', () => {
    fc.assert(
      fc.property(master, (text) => {
        const theirs = (postconf('', text, '-M') ?? []).map((line) => {
          const [service, type, , , chroot, , limit, command] = line.split(/\s+/);
          return [service, type, chroot, limit, command].join(' ');
        });
        expect([text, parseMasterCf(text).map(columnsOf)]).toEqual([text, theirs]);
      }),
      { numRuns: RUNS },
    );
  });

  it('have the settings that postconf -P finds, and hold what -Px says', () => {
    const mainCf = 'one = 1 $two\ntwo = 2\n';
    const main = Parameters.ofMainCf(mainCf, PATH);
    fc.assert(
      fc.property(master, (text) => {
        const found = (expanded: boolean) =>
          parseMasterCf(text).flatMap(({ name: service, type, settings: own }) => {
            const parameters = main.with(
              own.map(({ parameter, value: set }) => [parameter, { value: set, source: '' }]),
            );
            return [...new Set(own.map(({ parameter }) => parameter))].map((parameter) => {
              const held = expanded
                ? parameters.value(parameter)
                : parameters.setting(parameter)!.value;
              return collapsed(`${service}/${type}/${parameter} = ${held}`);
            });
          });
        const theirs = (option: string) => (postconf(mainCf, text, option) ?? []).map(collapsed);
        if (postconf(mainCf, text, '-Px') === undefined) return;
        expect([text, found(false).sort()]).toEqual([text, [...theirs('-P')].sort()]);
        expect([text, found(true).sort()]).toEqual([text, [...theirs('-Px')].sort()]);
      }),
      { numRuns: RUNS },
    );
  });
});
