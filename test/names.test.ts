/** A milter's or a platform's facts stand in its file: the rooms above ask for them, and never by a name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { KNOWN_MILTERS } from '../src/milters/known-milters.ts';
import { MILTERS } from '../src/milters/milters.ts';
import { PLATFORMS } from '../src/platforms/platforms.ts';
import { folderOf, readImportGraph } from './import-graph.ts';

const SRC = new URL('../src', import.meta.url).pathname;
const ROOMS = [
  'plan',
  'doctor',
  'questions',
  'manager',
  'manager-config',
  'commands',
  'ui',
  'apply',
  'cli',
];

/** Words that mean something else in these files. */
const EXCEPTIONS = [
  // The format of greylist.conf, and an action in it.
  'doctor/greylist-default.ts: greylist',
  // The format of ClamAV's files.
  'doctor/signatures.ts: clamav',
];

/** As they stand in paths and in names of services; of `spf` RFC 8601 speaks, too. */
const NAMES = new Set([
  ...KNOWN_MILTERS.flatMap(({ name, services }) => [name, ...Object.values(services).flat()]),
  ...MILTERS.map(({ short }) => short).filter((short) => short !== 'spf'),
  ...MILTERS.map(({ short }) => `milter${short}`),
  ...Object.values(PLATFORMS).flatMap(({ name, ids }) => [name, ...ids]),
]);

/** Of rc.conf: `milteropendkim_enable`. */
const VARIABLE = /_(?:enable|flags|socket\w*)$/;

/** The names in strings without a blank (prose may speak of a milter), and in regular expressions. */
function namesIn(file: string, text: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const word = ts.isStringLiteralLike(node)
      ? node.text
      : ts.isTemplateExpression(node)
        ? [node.head, ...node.templateSpans.map(({ literal }) => literal)]
            .map((part) => part.text)
            .join('\0')
        : '';
    const regexp = ts.isRegularExpressionLiteral(node) ? node.text : '';
    for (const each of `${/\s/.test(word) ? '' : word} ${regexp}`.split(/[^\w-]+/)) {
      const name = each.replace(VARIABLE, '').replaceAll('_', '-');
      if (NAMES.has(name)) found.push(`${file}: ${name}`);
    }
    // Keys of a table are names, too.
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && NAMES.has(node.name.text)) {
      found.push(`${file}: ${node.name.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found.filter((each) => !EXCEPTIONS.includes(each));
}

const graph = readImportGraph(SRC);
const files = [...graph.keys()].filter((file) => ROOMS.includes(folderOf(file)));

describe('the rooms above milters and platforms', () => {
  it('name none of them', () => {
    expect(files.length).toBeGreaterThan(150);
    expect(files.flatMap((file) => namesIn(file, readFileSync(join(SRC, file), 'utf8')))).toEqual(
      [],
    );
  });

  it.each([
    ["const SIGNERS = ['opendkim'];", 'opendkim'],
    ["if (platform.name === 'debian') return;", 'debian'],
    ["const RC = { rspamd: 'x' };", 'rspamd'],
    ["const CONF = '/etc/clamav/clamd.conf';", 'clamav'],
    ["const FLAG = 'milteropendkim_enable';", 'milteropendkim'],
    ['const path = `/var/run/${name}/pyspf-milter.sock`;', 'pyspf-milter'],
    ['const OURS = /spamass|milter/;', 'spamass'],
    ["run('milter-setup', 'enable', 'openarc');", 'openarc'],
  ])('are seen to in %s', (text, name) => {
    expect(namesIn('plan/x.ts', text)).toEqual([`plan/x.ts: ${name}`]);
  });

  it('import none of their files', () => {
    const own = [
      ...['milters/known-milters.ts', 'milters/milters.ts', 'platforms/platforms.ts'].flatMap(
        (registry) => graph.get(registry)!,
      ),
    ].filter(
      (file) =>
        !['milters/known-milter.ts', 'milters/milter.ts', 'platforms/platform.ts'].includes(file),
    );
    expect(own).toContain('milters/openarc.ts');
    const found = files.flatMap((file) =>
      graph
        .get(file)!
        .filter((target) => own.includes(target))
        .map((target) => `${file}: ${target}`),
    );
    expect(found).toEqual([]);
  });
});
