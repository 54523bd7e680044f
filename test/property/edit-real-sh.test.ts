/** sh must read what we meant, and everything else as before. */

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { editorFor } from '../../src/edit/editors.ts';
import type { Settings } from '../../src/edit/format.ts';
import { havePrograms, runs } from '../edit/programs.ts';
import { generated, textsOf } from './edit-files.ts';
import { edit, expectOthersSame, kindOf, ownDirectory, run, save } from './edit-real.ts';

describe.skipIf(!havePrograms('sh'))('sh', () => {
  beforeAll(() => ownDirectory('sh'));
  const kind = kindOf('shell');
  /** The values of the keys after the file was read; an unset one is not there. */
  const read = (text: string, keys: readonly string[]): Map<string, string> | undefined => {
    const path = save('vars', text);
    const prints = keys
      .map((key) => `[ "\${${key}+x}" ] && printf '${key}=%s\\0' "$${key}"`)
      .join('\n');
    const { out, err } = run('sh', ['-c', `. ${path}\nprintf '\\0'\n${prints}\n:`]);
    if (/yntax error|nterminated/.test(err)) return undefined;
    const rows = out
      .slice(out.indexOf('\0') + 1)
      .split('\0')
      .filter((row) => row !== '');
    return new Map(
      rows.map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]),
    );
  };
  const keys = (text: string): string[] => [
    ...new Set([...text.matchAll(/^\s*([A-Za-z]\w*)=/gm)].map(([, key = '']) => key)),
  ];
  const check = (text: string, settings: Settings): void => {
    const names = [...new Set([...keys(text), ...keys(settings.text)])];
    const before = read(text, names);
    const edited = edit('shell', text, settings);
    if (edited === undefined || before === undefined) return;
    const after = read(edited, names);
    expect(after, 'still sh').toBeDefined();
    const ours = new RegExp(`^(?:${keys(settings.text).join('|')})$`);
    const derived = names.filter((name) => new RegExp(`\\b${name}=.*\\$`).test(text));
    const others = new RegExp(`${ours.source}|^(?:${derived.join('|')})$`);
    expectOthersSame(before, after!, others);
    for (const name of keys(settings.text)) {
      const value = after!.get(name)!;
      const added = settings.text.includes(`{${name}}`);
      const wanted = added ? ' -r 10' : name === 'N' ? 'new' : name === 'K' ? 'b c' : 'l';
      expect(
        added ? value.endsWith(wanted) || value.includes(`${wanted} `) : value.startsWith(wanted),
        `${name}: ${value}`,
      ).toBe(true);
      // What stands in blocks is left out by the editor.
      if (!/[{]|if |case /.test(text)) expect(editorFor('shell').read(edited, name)).toBe(value);
    }
  };

  it('reads what we meant in every file', () => {
    for (const [path, text] of textsOf(kind)) {
      if (path.includes('defaults')) continue;
      for (const settings of kind.settings) check(text, settings);
    }
  });

  it('reads what we meant in generated files', () => {
    fc.assert(fc.property(generated(kind), fc.constantFrom(...kind.settings), check), runs(40));
  });
});
