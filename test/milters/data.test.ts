/** What holds for the data of every milter on every release, so that a new one is not half there. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { editorFor } from '../../src/edit/editors.ts';
import { readText, type HostReader } from '../../src/host/host.ts';
import { onPlatform } from '../../src/milters/known-milter.ts';
import { KNOWN_MILTERS, knownMilter } from '../../src/milters/known-milters.ts';
import { type MilterSetup, setupOn } from '../../src/milters/milter.ts';
import { MILTERS } from '../../src/milters/milters.ts';
import { builtProgram, openTemplates } from '../../src/plan/package-files.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';
import { fillIn, fillTemplate } from '../../src/plan/settings.ts';
import { standInHost } from '../plan/stand-in-host.ts';
import { RELEASES } from './platforms.ts';
import { VALUES } from './values.ts';

const offers = RELEASES.flatMap((release) =>
  MILTERS.map((milter) => ({ release, milter, setup: setupOn(milter, release, standInHost({})) })),
);
const available = offers.flatMap(({ release, milter, setup }) =>
  'unavailable' in setup ? [] : [{ on: release.title, name: milter.name, release, setup }],
);

describe.each(available)('$name on $on', ({ name, release, setup }) => {
  it('has templates that fill in, and that its editor finds to be in place already', () => {
    for (const file of setup.files) {
      const text = fillTemplate(openTemplates(), file.template, VALUES);
      expect(text, file.template).not.toContain('{{');
      const edited = editorFor(file.format).merge(text, { text });
      expect(edited.text, file.template).toBe(text);
    }
  });

  it('explains each template in comments that fit into a line', () => {
    for (const { template, format } of setup.files.filter(({ format }) => format !== 'shell')) {
      const text = openTemplates().read(template);
      expect(text, template).toMatch(/^[#;] \S/m);
      for (const line of text.split('\n')) expect(line.length, template).toBeLessThanOrEqual(120);
      expect(format).not.toBe('');
    }
  });

  it('ends with a service that detection knows by that name', () => {
    expect(onPlatform(release.platform, knownMilter(name)!.services)).toContain(
      setup.services.at(-1)?.name,
    );
  });

  it('has a package with a marker of its own for each part, the milter last', () => {
    const markers = setup.packages.map(({ marker }) => marker);
    expect(new Set(markers).size).toBe(markers.length);
    for (const marker of markers) expect(marker).toMatch(/^\/(?:etc|usr)\//);
  });

  it('gives its preparations only what is known, and can undo what it makes', () => {
    for (const { commands, unless = [], undo = [], title } of setup.preparations) {
      const texts = [title, ...unless, ...[...commands, ...undo].flatMap(({ argv }) => argv)];
      for (const text of texts) expect(fillIn(text, VALUES, title)).not.toContain('{{');
    }
  });

  it('writes the socket that it says it listens on', () => {
    const spec = socketOf(setup, release.platform);
    if (spec !== undefined) expect(spec).toBe(setup.connectionSpec);
  });
});

/** As the milter's own config file has it, where that is what it goes by. */
function socketOf({ files }: MilterSetup, platform: string): string | undefined {
  const file = files.find(({ format }) => format === 'key-value');
  if (file === undefined) return undefined;
  const host: HostReader = standInHost({
    '/conf': fillTemplate(openTemplates(), file.template, VALUES),
  });
  const value = editorFor('key-value').read(readText(host, '/conf')!, 'Socket');
  expect(value, `${platform}: ${file.template}`).toBeDefined();
  const local = value!.replace(/^local:/, 'unix:');
  return local.replace('@localhost', '@[127.0.0.1]');
}

describe.each(RELEASES)('on $title', (release) => {
  it('no two milters listen on the same socket', () => {
    const specs = available
      .filter((each) => each.release === release)
      .map(({ setup }) => setup.connectionSpec);
    expect(new Set(specs).size).toBe(specs.length);
  });
});

it('says in a sentence why a milter cannot be had', () => {
  for (const { setup } of offers) {
    if ('unavailable' in setup) expect(setup.unavailable).toMatch(/\w+ \w+ \w+/);
  }
});

it('names only milters that there are as conflicts', () => {
  const names = MILTERS.map(({ name }) => name);
  for (const { conflicts = [] } of MILTERS) {
    for (const { milter } of conflicts) expect(names).toContain(milter);
  }
});

it('says of a platform that a milter does not name that it is not known there', () => {
  const [release] = RELEASES;
  expect(setupOn({ ...MILTERS[0]!, setup: {} }, release!, standInHost({}))).toEqual({
    unavailable: `not known on ${release!.title} yet`,
  });
});

it('asks questions that there are', () => {
  const keys: readonly string[] = QUESTIONS.map(({ key }) => key);
  for (const { asks = [] } of MILTERS) expect(keys).toEqual(expect.arrayContaining([...asks]));
  expect(MILTERS.flatMap(({ asks = [] }) => asks)).toContain('greylist-delay');
});

it('has in each registry what the other knows', () => {
  const known = KNOWN_MILTERS.map(({ name }) => name);
  expect(new Set(known).size).toBe(known.length);
  for (const { name } of MILTERS) expect(known).toContain(name);
});

it('leaves what setting up takes out of the daemon', () => {
  const read = (program: string) => readFileSync(builtProgram(program), 'utf8');
  expect(read('milter-setup')).toContain('opendkim-genkey');
  expect(read('milter-manager')).toContain('milteropendkim_socket');
  expect(read('milter-manager')).not.toContain('opendkim-genkey');
});
