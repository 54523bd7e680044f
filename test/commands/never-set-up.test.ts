/** Verbs that switch milters, on a host that has no manager to switch them with. */
import { expect, it } from 'vitest';
import { freebsd10 } from '../platforms/trees.ts';
import { differences } from '../trust/whole-tree.ts';

it('a mistyped name is told first', async () => {
  const { code, text } = await freebsd10().type('disable', 'grelist', '--yes');
  expect(code).toBe(2);
  expect(text).toContain('Did you mean greylist?');
});

it.each(['disable', 'enable', 'remove'])(
  '%s says that there is nothing yet, and what to type first',
  async (verb) => {
    const host = freebsd10();
    expect((await host.command('pkg', 'install', '--yes', 'milter-greylist')).exitCode).toBe(0);
    host.ran();
    const before = host.look();
    const { code, text } = await host.type(verb, 'milter-greylist', '--yes');
    expect(code).toBe(2);
    expect(text).toBe(
      `milter-setup: there is nothing to ${verb} yet: milter-setup has not set up this host\n` +
        'First: milter-setup\n',
    );
    expect(host.ran().filter((line) => !/ (?:one)?status\b/.test(line))).toEqual([]);
    expect(differences(before, host.look())).toEqual([]);
  },
);
