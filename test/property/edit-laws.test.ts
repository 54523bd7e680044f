import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editorFor } from '../../src/edit/editors.ts';
import { EditError, type Editor, type Settings } from '../../src/edit/format.ts';
import { runs } from '../edit/programs.ts';
import { generated, KINDS, textsOf, type Kind } from './edit-files.ts';

/** The edited text; undefined where the editor refuses the file. */
function mergeOrRefuse(editor: Editor, text: string, settings: Settings): string | undefined {
  try {
    return editor.merge(text, settings).text;
  } catch (error) {
    if (error instanceof EditError) return undefined;
    throw error;
  }
}

/** Keys as anybody would find them in a text of the format, found without the editors. */
function keysIn({ format }: Kind, text: string): string[] {
  const pattern: Record<string, RegExp> = {
    'main.cf': /^([^\s=#]+)\s*=/gm,
    shell: /^\s*(?:export )?([A-Za-z_]\w*)=/gm,
    greylist:
      /^\s*(pidfile|socket|user|dumpfile|dumpfreq|quiet|verbose|greylist|autowhite|subnetmatch|timeout|[rd]acl(?=.* default))/gim,
    spamassassin: /^\s*([a-z_]+)/gim,
  };
  if (format === 'ini')
    return ['a', 'milter.b', 'new'].flatMap((name) =>
      ['x', 'y', 'z'].map((key) => `${name}.${key}`),
    );
  const found = [...text.matchAll(pattern[format] ?? /^\s*([A-Za-z]+)/gm)].map(
    ([, key = '']) => key,
  );
  const named =
    format === 'greylist'
      ? found.map((key) => key.toLowerCase().replace(/acl$/, 'acl default'))
      : found;
  return [...new Set(named)];
}

/** Whether the settings speak of the key, in words. */
function concerns({ format }: Kind, settings: Settings, key: string): boolean {
  const name = format === 'ini' ? key.split('.').at(-1)! : key.replace(/ default$/, '');
  const words = `${settings.text} ${settings.commentOut?.join(' ') ?? ''} ${settings.takeOut ? 'smtpd_milters non_smtpd_milters' : ''}`;
  const alias = /^required/i.test(name) && words.includes('required');
  return alias || new RegExp(`\\b${name.replace(/[-_]/g, '[-_]')}\\b`, 'i').test(words);
}

function checkLaws(kind: Kind, text: string, settings: Settings): boolean {
  const editor = editorFor(kind.format);
  const edited = mergeOrRefuse(editor, text, settings);
  if (edited === undefined) return false;

  expect(editor.merge(edited, settings).text, 'twice is once').toBe(edited);

  // A shell variable made of ours changes with it; some tens of keys are enough of a long file.
  const derived = (key: string): boolean => new RegExp(`\\b${key}=.*\\$`).test(text);
  const others = keysIn(kind, text)
    .filter((key) => !concerns(kind, settings, key) && !(kind.format === 'shell' && derived(key)))
    .filter((_, index, { length }) => index % Math.ceil(length / 20) === 0);
  for (const key of others) expect(editor.read(edited, key), key).toBe(editor.read(text, key));

  // A line that neither is nor continues one of our settings is there afterwards, in its order.
  let from = 0;
  const now = edited.split('\n');
  // Not where a string goes over lines that look like settings.
  if (kind.format === 'shell' && text.includes('\\\n')) return true;
  const before = text.split('\n');
  for (const [index, line] of before.entries()) {
    if (kind.format === 'greylist' && before[index - 1]?.includes('\\')) continue;
    const word = /[A-Za-z_][\w-]*/.exec(line)?.[0] ?? '';
    if (/^\s|\\|^[}b"]/.test(line) || line === '' || concerns(kind, settings, word)) continue;
    if (/acl|list|Example/i.test(word)) continue;
    const at = now.indexOf(line, from);
    expect(at, `kept: ${line}`).toBeGreaterThanOrEqual(0);
    from = at + 1;
  }
  return true;
}

describe.each(KINDS.map((kind) => [kind.format, kind] as const))('%s', (_, kind) => {
  it.each(textsOf(kind))('holds the laws for %s', (_name, text) => {
    for (const settings of kind.settings) expect(checkLaws(kind, text, settings)).toBe(true);
  });

  it('holds the laws for generated files', () => {
    let edited = 0;
    let all = 0;
    fc.assert(
      fc.property(generated(kind), fc.constantFrom(...kind.settings), (text, settings) => {
        all++;
        if (checkLaws(kind, text, settings)) edited++;
      }),
      runs(60),
    );
    // A property over files that are all refused would say nothing.
    expect(edited).toBeGreaterThan(all / 6);
  });

  it('puts the wanted values where the program finds them', () => {
    const editor = editorFor(kind.format);
    fc.assert(
      fc.property(generated(kind), (text) => {
        const { text: template } = kind.settings[0]!;
        const edited = mergeOrRefuse(editor, text, kind.settings[0]!);
        if (edited === undefined) return;
        for (const key of keysIn(kind, template)) {
          const wanted = editor.read(template, key);
          const value = editor.read(edited, key);
          if (key.endsWith('_milters'))
            expect(`${value}`).toContain(
              'inet:127.0.0.1:10025'.slice(0, value?.includes('$') ? 0 : undefined),
            );
          else if (key === 'LogSyslog') expect(value).toMatch(/^(?:yes|true)$/);
          else if (key === 'racl default') expect(value).toContain('greylist');
          else if (key === 'K') expect(value?.startsWith('b c')).toBe(true);
          else if (wanted !== undefined) expect(value, key).toBe(wanted);
        }
      }),
      runs(40),
    );
  });
});

it.each(KINDS)('$format: takes the byte 0xA0 for no blank', ({ format, ugly, settings }) => {
  const text = ugly.test('rc.conf')
    ? 'X=voil\xc3\xa0\n'
    : ugly.test('a.ini')
      ? '[q]\nX = \xa0a\xa0\n'
      : undefined;
  const own =
    text ??
    (format === 'main.cf'
      ? 'X = \xa0a\xa0\n'
      : format === 'greylist'
        ? 'pidfile "\xa0a\xa0"\n'
        : 'X \xa0a\xa0\n');
  const key =
    format === 'ini'
      ? 'q.X'
      : format === 'greylist'
        ? 'pidfile'
        : format === 'spamassassin'
          ? 'x'
          : 'X';
  const edited = editorFor(format).merge(own, settings[0]!).text;
  expect(edited).toContain(own.trimEnd().slice(-2));
  expect(editorFor(format).read(edited, key)).toBe(
    text?.startsWith('X') ? 'voil\xc3\xa0' : '\xa0a\xa0',
  );
});

it('refuses bytes that are no text, in every format', () => {
  const binary = fc
    .tuple(fc.string(), fc.constantFrom('\0', '\x01', '\x7f'), fc.string())
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), binary, ({ format, settings }, text) => {
      expect(() => editorFor(format).merge(text, settings[0]!)).toThrow(EditError);
    }),
    runs(50),
  );
});
