/**
 * The wizard at a terminal, start to end: the real program, on a host whose commands are stand-ins. What is seen from one
 * key to the next is kept in `test/golden/screens`; after a change: `UPDATE_GOLDEN=1`, and read them as a sysadmin would.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveStock } from '../golden/tree.ts';
import { complaint } from '../platforms/whole-life.ts';
import type { StandInHost } from '../platforms/stand-in-session.ts';
import { freebsd } from '../platforms/trees.ts';
import { differences } from '../trust/whole-tree.ts';
import { film, typed, type Film, type Keys } from './film.ts';
import { sit } from './session.ts';
import { bundleOnStandIns, standInEnvironment } from './stand-in-program.ts';
import type { Bundle } from './terminal.ts';

let program: Bundle;
beforeAll(async () => {
  program = await bundleOnStandIns();
});
afterAll(() => program.remove());

const MENU = '[q]uit';
const key = (text: string): Keys => [{ text }, 'Enter'];

describe.runIf(haveStock)('a host, from its first run on', () => {
  const host: StandInHost = freebsd('14.2');
  const open = (): Film =>
    film({ program: program.path, environment: standInEnvironment(host.root) });

  it('is set up: looked at, an answer changed, applied', async () => {
    const at = open();
    await at.then('Which milters', ['Enter']);
    await at.then('while the milter manager', ['Enter']);
    await at.then('How many SMTP', ['Enter']);
    await at.then('other networks', ['Enter']);
    await at.then(MENU, key('v'));
    await at.then(MENU, key('e'));
    await at.then('Which milters', ['Enter']);
    await at.then('while the milter manager', ['Down', 'Enter']);
    await at.then('How many SMTP', ['Enter']);
    await at.then('other networks', key('203.0.113.0/24'));
    await at.then(MENU, key('a'));
    expect(await at.ends(), at.session.screen.all()).toBe(0);
    expect(host.read('usr/local/etc/postfix/main.cf')).toContain(
      '\nmilter_default_action = tempfail\n',
    );
    at.expectAsKept('first-run');
  });

  it('is opened on its milters, and one of them is disabled', async () => {
    const at = open();
    await at.then('What shall be done', [{ text: 'dis' }, 'Enter']);
    await at.then('Which shall be disabled', ['Space', 'Enter']);
    await at.then(MENU, key('a'));
    expect(await at.ends(), at.session.screen.all()).toBe(0);
    expect(host.runs('milter-greylist')).toBe(false);
    at.expectAsKept('disable');
  });

  it('and enabled again', async () => {
    const at = open();
    await at.then('What shall be done', [{ text: 'en' }, 'Enter']);
    await at.then('Which shall be enabled', ['Enter']);
    await at.then(MENU, key('a'));
    expect(await at.ends(), at.session.screen.all()).toBe(0);
    expect(host.runs('milter-greylist')).toBe(true);
    at.expectAsKept('enable');
  });

  it('gets another milter', async () => {
    const at = open();
    await at.then('What shall be done', ['Down', 'Enter']);
    await at.then('Which shall be added', ['Space', 'Enter']);
    await at.then('Mail from which domain', ['Enter']);
    await at.then('What shall the key be called', key('2026a'));
    await at.then(MENU, key('a'));
    expect(await at.ends(), at.session.screen.all()).toBe(0);
    at.expectAsKept('add');
  });

  it('is repaired where somebody changed a file', async () => {
    const path = 'usr/local/etc/mail/greylist.conf';
    host.write(path, host.read(path).replace(/^greylist 10m$/m, 'greylist 1h'));
    const at = open();
    await at.then('What shall be done', [{ text: 'rep' }, 'Enter']);
    await at.then(MENU, key('a'));
    expect(await at.ends(), at.session.screen.all()).toBe(0);
    expect(host.read(path)).toMatch(/^greylist 10m$/m);
    at.expectAsKept('repair');
  });

  it('is repaired where main.cf lost the manager', async () => {
    const path = 'usr/local/etc/postfix/main.cf';
    const before = host.read(path);
    host.write(path, before.replace(/^smtpd_milters = .*\n/m, ''));
    const at = open();
    await at.then('What shall be done', ['Enter']);
    await at.then(MENU, key('a'));
    expect(await at.ends(), at.session.screen.all()).toBe(0);
    expect(host.read(path)).toMatch(/^smtpd_milters = .*milter-manager\.sock$/m);
    at.expectAsKept('repair-main.cf');
  });

  it('is given other answers, or left as it is', async () => {
    const at = open();
    await at.then('What shall be done', [{ text: 'set' }, 'Enter']);
    await at.then('while the milter manager', ['Up', 'Enter']);
    await at.then('How many SMTP', key('200'));
    await at.then('Mail from which domain', ['Enter']);
    await at.then('What shall the key be called', ['Enter']);
    await at.then('other networks', ['Enter']);
    await at.then(MENU, key('x'));
    await at.then('then Enter', ['Ctrl-U']);
    await at.then(MENU, key('q'));
    expect(await at.ends()).toBe(130);
    at.expectAsKept('settings');
  });

  it.concurrent.each([
    ['What shall be done', []],
    ['Which shall be disabled', [{ text: 'dis' }, 'Enter']],
    ['Take back', [{ text: 'undo' }, 'Enter']],
  ] as const)('is left alone by Ctrl-C at "%s"', async (prompt, keys) => {
    const at = sit({ program: program.path, environment: standInEnvironment(host.root) });
    if (keys.length > 0) {
      await at.sees('What shall be done');
      at.type(typed(keys));
    }
    const before = host.look();
    await at.sees(prompt);
    at.type(typed(['Ctrl-C']));
    expect(await at.ended()).toBe(130);
    expect(at.screen.text().split('\n').at(-1)).toBe(
      'milter-setup: cancelled; nothing was changed',
    );
    expect(differences(before, host.look())).toEqual([]);
  });

  it('takes back the last run', async () => {
    const at = open();
    await at.then('What shall be done', [{ text: 'undo' }, 'Enter']);
    await at.then('Take back', ['Enter']);
    expect(await at.ends(), complaint(at.session.screen.all())).toBe(0);
    at.expectAsKept('undo');
  });
});
