/** Hosts that filter mail already: what is there is shown and kept, and the manager takes its place in main.cf. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { expectInOrder } from './order.ts';
import { commandsOf, contentsOf, diffsOf, setUp, treeOf } from './tree.ts';

const TAKE_OVER = ['--take-over', 'yes'];
const HOSTS: readonly (readonly [string, readonly string[]])[] = [
  ['existing-debian-13', []],
  ['existing-rspamd', []],
  ['existing-c-debian', TAKE_OVER],
  ['existing-c-freebsd', TAKE_OVER],
];

describe.each(HOSTS)('%s', (host, words) => {
  it('is planned as its golden file says', async () => {
    const { text, errors } = await setUp(treeOf(host), 'plan', ...words);
    const path = fileURLToPath(new URL(`${host}.txt`, import.meta.url));
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
    expect(errors).toBe('');
  });

  it('is written once, and every byte comes back', async () => {
    const root = treeOf(host);
    const original = contentsOf(root);
    expect((await setUp(root, '--yes', ...words)).code).toBe(0);
    const written = contentsOf(root);
    await setUp(root, '--yes', ...words);
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
    // As main.cf says of all of them, and of one otherwise.
    expect(ini).toMatch(/\[manager\][^[]*\nfallback_status = temporary-failure\n/);
    expect(ini).toMatch(/\[milter\.opendkim\]\n;.*\nfallback_status = accept\n/);
    expect(ini).not.toContain('[milter.spamass-milter]');
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

describe('the C milter-manager', () => {
  const INI = 'etc/milter-setup/milter-manager.ini';
  const read = (root: string, path: string) => readFileSync(join(root, path), 'latin1');
  const takenOver = async (host: string) => {
    const root = treeOf(host);
    const { text } = await setUp(root, '--yes', ...TAKE_OVER);
    return { root, text };
  };

  it.each(['existing-c-debian', 'existing-c-freebsd'])(
    'is shown, and nothing is changed without consent: %s',
    async (host) => {
      const root = treeOf(host);
      const before = contentsOf(root);
      for (const words of [['--yes'], ['plan'], ['add', 'greylist', '--yes'], ['--no-input']]) {
        const { code, text, errors } = await setUp(root, ...words);
        expect(code).toBe(2);
        expect(text).toMatch(/program {3}\/usr\/(local\/)?sbin\/milter-manager\n/);
        expect(errors).toMatch(words[0] === '--no-input' ? /--take-over no/ : /--take-over yes/);
      }
      expect(contentsOf(root)).toEqual(before);
    },
  );

  it('keeps every file of its package; ours have other names', async () => {
    for (const host of ['existing-c-debian', 'existing-c-freebsd']) {
      const before = contentsOf(treeOf(host));
      const { root } = await takenOver(host);
      const after = contentsOf(root);
      const theirs = Object.keys(before).filter((path) => /milter-(manager|test-server)/.test(path));
      expect(theirs.length).toBeGreaterThan(4);
      for (const path of theirs) expect([path, after[path]]).toEqual([path, before[path]]);
    }
  });

  it('hands its settings on, each with the line where it was found', async () => {
    const { root } = await takenOver('existing-c-debian');
    const ini = read(root, INI);
    const local = '/etc/milter-manager/milter-manager.local.conf';
    expect(ini).toContain(`; ${local}:2\nmax_connections = 200\n`);
    expect(ini).toContain('\nlocal_address = 192.0.2.0/24\n');
    expect(ini).toContain(`[s25r]\n; ${local}:6\nwhitelist = /\\.partner\\.example$/i\n`);
    expect(ini).toMatch(/\[milter\.archive\]\n;.*\nconnection_spec = inet:10030@\[192\.0\.2\.30\]\n/);
    expect(ini).toMatch(/\nfallback_status = reject\n/);
    expect(ini).toMatch(/\napplicable_conditions = Unauthenticated\n/);
    expect(ini).toMatch(/\[milter\.spamass-milter\]\n;.*\nfallback_status = temporary-failure\n/);
    // The manager finds it as it is, on its own socket.
    expect(ini).not.toMatch(/\[milter\.spamass-milter\][^[]*connection_spec/);
  });

  it('has what cannot be taken over named with file and line', async () => {
    const { text } = await takenOver('existing-c-debian');
    const notes = text.slice(text.indexOf('\nNotes\n')).replaceAll(/\s+/g, ' ');
    const directory = '/etc/milter-manager';
    for (const note of [
      `${directory}/milter-manager.local.conf:3: manager.event_loop_backend is not taken over`,
      `${directory}/milter-manager.local.conf:13: not understood, left out: define_applicable_condition`,
      `${directory}/milter-manager.local.conf:19: not understood, left out: if File.exist?`,
      `${directory}/conf.d/archive.conf:8: archive: our manager has no condition "Office Hours"`,
    ]) {
      expect(notes).toContain(note);
    }
  });

  it('is left out of main.cf, then stopped and disabled', async () => {
    const { root, text } = await takenOver('existing-c-debian');
    expect(read(root, 'etc/postfix/main.cf')).toMatch(
      /^smtpd_milters = inet:192\.0\.2\.7:9999, unix:\/milter-setup\/milter-manager\.sock$/m,
    );
    expectInOrder(commandsOf(text), [
      'systemctl start milter-setup-manager',
      'systemctl reload postfix',
      'systemctl stop milter-manager',
      'systemctl disable milter-manager',
    ]);
  });

  it('is stopped on FreeBSD whatever rc.conf says by then', async () => {
    const { root, text } = await takenOver('existing-c-freebsd');
    const rcConf = read(root, 'etc/rc.conf');
    expect(rcConf).toContain('\nmiltermanager_enable="NO" # since 2014\n');
    expect(rcConf).toContain('\nmiltersetupmanager_enable="YES"\n');
    expectInOrder(commandsOf(text), [
      '/usr/sbin/service milter-setup-manager start',
      '/usr/sbin/service postfix reload',
      '/usr/sbin/service milter-manager onestop',
    ]);
    const script = read(root, 'usr/local/etc/rc.d/milter-setup-manager');
    expect(script).toContain('\nname="miltersetupmanager"\n');
    expect(script).not.toMatch(/\bmiltermanager/);
    const ini = read(root, `usr/local/${INI}`);
    expect(ini).toMatch(/\[milter\.milter-greylist\]\n;.*\nreading_timeout = 20\.5\n/);
    expect(ini).toMatch(/\[milter\.old-filter\][^[]*\nenabled = no\n/);
  });
});
