/** Hosts that filter mail already: what is there is shown and kept, and the manager takes its place in main.cf. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commandsOf, contentsOf, diffsOf, setUp, treeOf } from './tree.ts';

const HOSTS = ['existing-debian-13', 'existing-rspamd'];

describe.each(HOSTS)('%s', (host) => {
  it('is planned as its golden file says', async () => {
    const { text, errors } = await setUp(treeOf(host), 'plan');
    const path = fileURLToPath(new URL(`${host}.txt`, import.meta.url));
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
    expect(errors).toBe('');
  });

  it('is written once, and every byte comes back', async () => {
    const root = treeOf(host);
    const original = contentsOf(root);
    expect((await setUp(root, '--yes')).code).toBe(0);
    const written = contentsOf(root);
    await setUp(root, '--yes');
    expect(contentsOf(root)).toEqual(written);
    for (let runs = 2; runs > 0; runs--) await setUp(root, 'undo', '--yes');
    const files = (tree: Readonly<Record<string, string>>) =>
      Object.entries(tree).filter(([, text]) => text !== '(directory)');
    expect(files(contentsOf(root))).toEqual(files(original));
  });
});

describe('milters that Postfix asks itself', () => {
  it('keep every byte of their files, and nothing is installed beside them', async () => {
    const { text } = await setUp(treeOf('existing-debian-13'), 'plan');
    const ours = /milter-manager|postfix\/main\.cf/;
    expect([...diffsOf(text).keys()].filter((path) => !ours.test(path))).toEqual([]);
    expect(commandsOf(text).join('\n')).not.toContain('apt-get');
  });

  it('give their place in the list to the manager, between what stays', async () => {
    const root = treeOf('existing-debian-13');
    await setUp(root, '--yes');
    const main = readFileSync(join(root, 'etc/postfix/main.cf'), 'latin1');
    expect(main).toMatch(
      /^smtpd_milters = unix:\/milter-manager\/milter-manager\.sock,\n {4}\$virus_milter\n/m,
    );
    expect(main).toMatch(/^non_smtpd_milters = unix:\/milter-manager\/milter-manager\.sock$/m);
    expect(main).toMatch(/^milter_default_action = tempfail$/m);
  });

  it('keep what happens to mail while they are down', async () => {
    const root = treeOf('existing-debian-13');
    await setUp(root, '--yes');
    const ini = readFileSync(join(root, 'etc/milter-manager/milter-manager.ini'), 'latin1');
    expect(ini).toMatch(/\[milter\.spamass-milter\]\n;.*\nfallback_status = temporary-failure\n/);
    // Its own group in main.cf says accept, which is the manager's default.
    expect(ini).not.toContain('[milter.opendkim]');
  });

  it('keep the macros that they were given', async () => {
    const root = treeOf('existing-rspamd');
    await setUp(root, '--yes');
    const main = readFileSync(join(root, 'etc/postfix/main.cf'), 'latin1');
    expect(main).toMatch(/^milter_mail_macros = i \{mail_addr\} \{client_addr\} \{client_name\} /m);
    expect(main).toMatch(/^milter_mail_macros = .*\{auth_type\}/m);
  });

  it('get our settings where somebody says so', async () => {
    const { text } = await setUp(
      treeOf('existing-debian-13'),
      ...['plan', '--keep-settings', 'opendkim'],
    );
    expect([...diffsOf(text).keys()]).toContain('/etc/default/spamass-milter');
    expect([...diffsOf(text).keys()]).not.toContain('/etc/opendkim.conf');
  });

  it('are not joined by others that do the same work', async () => {
    const { text } = await setUp(treeOf('existing-rspamd'), 'plan');
    expect(text).not.toContain('spamass-milter -r');
    expect([...diffsOf(text).keys()].join()).not.toMatch(/rspamd|greylist|spamass/);
  });
});
