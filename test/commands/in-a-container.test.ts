/** A milter that is no package of this host is known by where Postfix asks it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { growTree, type Tree } from './tree.ts';

let tree: Tree;
beforeEach(() => {
  tree = growTree();
});
afterEach(() => tree.remove());

const asks = (element: string): void =>
  tree.write(
    '/etc/postfix/main.cf',
    `${tree.read('/etc/postfix/main.cf')}smtpd_milters = ${element}\n`,
  );

describe.each(['inet:localhost:11332', 'inet:rspamd:11332', 'unix:/var/lib/rspamd/milter.sock'])(
  'rspamd at %s',
  (element) => {
    it('is not joined by milters that do the same, and stays', async () => {
      asks(element);
      const { exitCode, stdout } = await tree.run('--yes');
      expect(exitCode).toBe(0);
      expect(stdout).not.toMatch(/systemctl \S+ (?:spamass-milter|milter-greylist)/);
      expect(stdout).toMatch(/rspamd\s+is\s+usually\s+there/);
      expect(tree.read('/etc/postfix/main.cf')).toContain(`smtpd_milters = ${element}`);
    });

    it('is named where somebody wants one of them all the same', async () => {
      asks(element);
      const { exitCode, stderr } = await tree.run('--yes', '--milters', 'spamass');
      expect(exitCode).toBe(2);
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`main.cf:`);
      expect(stderr).toContain('rspamd');
    });
  },
);
