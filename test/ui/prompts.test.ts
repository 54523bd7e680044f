/** Prompts that are left, conflicts, and other terminals than the usual one: the real program at a terminal. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsToRun } from '../every-row.ts';
import { haveStock, treeOf } from '../golden/tree.ts';
import { freebsd } from '../platforms/trees.ts';
import { differences, look } from '../trust/whole-tree.ts';
import { film, typed, type Film, type Keys } from './film.ts';
import { sit } from './session.ts';
import { bundleOnStandIns, standInEnvironment, treeEnvironment } from './stand-in-program.ts';
import { plain, type Bundle, type Environment } from './terminal.ts';

let program: Bundle;
beforeAll(async () => {
  program = await bundleOnStandIns();
});
afterAll(() => program.remove());

const MENU = '[q]uit';
const key = (text: string): Keys => [{ text }, 'Enter'];

const PROMPTS: readonly (readonly [string, Keys])[] = [
  // Down to spamass-milter, opendkim and opendmarc: with them all is asked that can be.
  ['Which milters', ['Down', 'Down', 'Down', 'Space', 'Down', 'Space', 'Enter']],
  ['while the milter manager', ['Enter']],
  ['How many SMTP', ['Enter']],
  ['Mail from which domain', key('example.com')],
  ['What shall the key be called', ['Enter']],
  ['fails DMARC', ['Enter']],
  ['other networks', ['Enter']],
  [MENU, key('v')],
];

const TO_RSPAMD: Keys = ['Down', 'Down', 'Down', 'Down', 'Down', 'Down', 'Space', 'Enter'];

/** Answers what comes before the prompt, and presses Ctrl-C there. */
async function cancelAt(
  prompt: string,
  before: typeof PROMPTS,
  environment: Environment,
): Promise<void> {
  const tree = environment['STAND_IN_ROOT']!;
  const untouched = look(tree);
  const session = sit({ program: program.path, environment });
  for (const [said, keys] of before) {
    await session.sees(said);
    session.type(typed(keys));
  }
  await session.sees(prompt);
  session.type(typed(['Ctrl-C']));
  expect(await session.ended()).toBe(130);
  const lines = session.screen.text().split('\n');
  expect(lines.at(-1)).toBe('milter-setup: cancelled; nothing was changed');
  expect(lines.filter((line) => /^ +at |Error/.test(line))).toEqual([]);
  expect(differences(untouched, look(tree))).toEqual([]);
}

describe('Ctrl-C', () => {
  const environment = treeEnvironment(treeOf('debian-13'));

  const rows = PROMPTS.map(([prompt], index) => [prompt, index] as const);
  it.concurrent.each(rowsToRun(rows, 'Which milters', MENU))(
    'at "%s": one line, nothing changed, exit code 130',
    (prompt, index) => cancelAt(prompt, PROMPTS.slice(0, index), environment),
  );

  const existing = treeEnvironment(treeOf('existing-c-debian'));
  const rowsThere: readonly (readonly [string, typeof PROMPTS])[] = [
    ['take the place of the C milter-manager', []],
    [
      'keep their own settings',
      [
        ['take the place', key('y')],
        ['Which milters', ['Enter']],
      ],
    ],
  ];
  it.concurrent.each(rowsToRun(rowsThere, 'keep their own settings'))(
    'at "%s" of a host that filters mail already',
    (prompt, before) => cancelAt(prompt, before, existing),
  );

  it.concurrent('at the question about milters that do the same work', () =>
    cancelAt('all the same', [['Which milters', TO_RSPAMD]], environment),
  );

  it.runIf(haveStock)(
    'while a command runs: it may end, all is undone, exit code 130',
    async () => {
      const host = freebsd('14.2');
      const slow = join(host.root, 'var/stand-in/bin/sa-update');
      writeFileSync(slow, '#!/bin/sh\necho "channel: updates.spamassassin.org"\nsleep 1\n');
      const at = film({ program: program.path, environment: standInEnvironment(host.root) });
      for (const [prompt, keys] of PROMPTS.filter(
        ([said]) => !/domain|key|DMARC|quit/.test(said),
      )) {
        await at.session.sees(prompt);
        at.session.type(typed(prompt === 'Which milters' ? ['Enter'] : keys));
      }
      await at.session.sees(MENU);
      at.session.type(typed(key('a')));
      await at.session.sees('channel: updates');
      at.session.type(typed(['Ctrl-C']));
      expect(await at.ends(), at.session.screen.all()).toBe(130);
      expect(at.session.screen.all()).toContain('stopping after this step');
      expect(host.runs('milter-manager')).toBe(false);
      at.expectAsKept('ctrl-c-while-applying');
    },
  );
});

it('says at once why two milters do not go together, and asks again', async () => {
  const at = film({ program: program.path, environment: treeEnvironment(treeOf('debian-13')) });
  await at.then('Which milters', TO_RSPAMD);
  await at.then('all the same', ['Enter']);
  await at.then('Which milters', TO_RSPAMD);
  await at.then('while the milter manager', ['Ctrl-C']);
  expect(await at.ends()).toBe(130);
  at.expectAsKept('conflict');
});

/** Takes what is suggested, and applies it. */
async function setUp(at: Film): Promise<void> {
  for (const prompt of [
    'Which milters',
    'while the milter manager',
    'How many',
    'other networks',
  ]) {
    await at.session.sees(prompt);
    at.session.type(typed(['Enter']));
  }
  await at.session.sees(MENU);
  at.session.type(typed(key('a')));
}

describe.runIf(haveStock)('a run that does not go as it should', () => {
  it('fails without a network, with the cause and what to do', async () => {
    const host = freebsd('14.2');
    host.set('no-network');
    const at = film({ program: program.path, environment: standInEnvironment(host.root) });
    await setUp(at);
    expect(await at.ends()).toBe(1);
    at.expectAsKept('no-network');
  });

  it('leaves out what has to wait, says why, and how to finish', async () => {
    const host = freebsd('14.2');
    host.set('no-signatures');
    const environment = standInEnvironment(host.root);
    const at = film({ program: program.path, environment, rows: 60 });
    await setUp(at);
    expect(await at.ends()).toBe(3);
    at.expectAsKept('no-signatures');
  });
});

describe('a host that filters mail already', () => {
  it('keeps what was set up by hand, unless somebody says otherwise', async () => {
    const environment = treeEnvironment(treeOf('existing-debian-13'));
    const at = film({ program: program.path, environment });
    await at.then('Which milters', ['Enter']);
    await at.then('keep their own settings', ['Enter']);
    await at.then('while the milter manager', ['Enter']);
    await at.then('other networks', ['Enter']);
    await at.then(MENU, key('q'));
    expect(await at.ends(), at.session.screen.all()).toBe(130);
    at.expectAsKept('existing-host');
  });

  it('has the C milter-manager replaced only by somebody who says so', async () => {
    const environment = treeEnvironment(treeOf('existing-c-debian'));
    const at = film({ program: program.path, environment });
    await at.then('take the place of the C milter-manager', [{ text: 'y' }, 'Enter']);
    await at.then('Which milters', ['Enter']);
    await at.then('keep their own settings', ['Enter']);
    await at.then('while the milter manager', ['Enter']);
    await at.then('other networks', ['Enter']);
    await at.then(MENU, key('q'));
    expect(await at.ends(), at.session.screen.all()).toBe(130);
    at.expectAsKept('take-over');
  });
});

describe('another terminal', () => {
  const MORE: Readonly<Record<string, readonly [number, number, Environment]>> = {
    'ascii-no-colour': [80, 24, { LANG: 'C', NO_COLOR: '1' }],
    wide: [200, 50, {}],
  };

  it.each(Object.entries(MORE))('%s', async (name, [columns, rows, more]) => {
    const environment = treeEnvironment(treeOf('debian-13'), more);
    const at = film({ program: program.path, environment, columns, rows });
    await at.then('Which milters', ['Enter']);
    await at.then('while the milter manager', ['Enter']);
    await at.then('How many SMTP', key('many'));
    await at.then('is not a number', ['Ctrl-U', ...key('50')]);
    await at.then('other networks', ['Enter']);
    // Once to the end is enough: it is the same one.
    const ascii = name === 'ascii-no-colour';
    await at.then(MENU, key(ascii ? 'a' : 'q'));
    expect(await at.ends(), at.session.screen.all()).toBe(ascii ? 0 : 130);
    at.expectAsKept(name);
    if (!ascii) return;
    expect(plain(at.session.output())).toMatch(/^[\n\t -~]*$/);
    expect(at.session.output()).not.toMatch(/\u001B\[(?!0m|22m|39m)[\d;]+m/);
  });
});
