/** OpenDKIM: its key is made once, keys of others are left alone, and Postfix hands it local mail. */
import { describe, expect, it } from 'vitest';
import { gatherFacts } from '../../src/plan/facts.ts';
import { buildPlan } from '../../src/plan/build-plan.ts';
import type { Plan, RunCommands, WriteFile } from '../../src/change/change.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import { DEFAULT_WISH } from '../plan/default-wish.ts';
import { DEBIAN, standInHost, type Files } from '../plan/stand-in-host.ts';

const INSTALLED: Files = {
  ...DEBIAN,
  '/etc/hostname': 'mx1.example.com\n',
  '/usr/sbin/opendkim': '',
  '/usr/sbin/opendkim-genkey': '',
  '/usr/sbin/postfix': '',
  '/etc/postfix/main.cf': 'compatibility_level = 3.9\n',
  '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\ncleanup unix n - y - 0 cleanup\n',
  '/etc/opendkim.conf': '#Domain\t\t\texample.com\nSocket\t\t\tlocal:/run/opendkim/opendkim.sock\n',
};

async function plan(files: Files, on: readonly string[] = ['opendkim']): Promise<Plan> {
  const host = standInHost(files);
  const wish = {
    ...DEFAULT_WISH,
    on,
    localNetworks: ['192.0.2.0/24'],
    dkimDomain: 'example.com',
  };
  return buildPlan(host, await gatherFacts(host), wish, { templates: openTemplates(), nonce: 'n' });
}

const after = ({ changes }: Plan, path: string): string | undefined =>
  changes.findLast((each): each is WriteFile => each.kind === 'write-file' && each.path === path)
    ?.after;
const keyStep = ({ changes }: Plan): RunCommands | undefined =>
  changes.find((each): each is RunCommands => each.kind === 'run' && /DKIM key/.test(each.title));

describe('the key', () => {
  it('is made for the filter alone, before the configuration that names it', async () => {
    const made = await plan(INSTALLED);
    const step = keyStep(made)!;
    expect(step.title).toBe('make the DKIM key mail of example.com');
    expect(step.commands.map(({ argv, asHolderOf }) => [asHolderOf, argv.join(' ')])).toEqual([
      ['/etc/dkimkeys', 'install -d -m 0700 -o opendkim -g opendkim /etc/dkimkeys/example.com'],
      [
        '/etc/dkimkeys/example.com',
        'opendkim-genkey -a -b 2048 -D /etc/dkimkeys/example.com -d example.com -s mail',
      ],
    ]);
    // No command of ours has root's rights where the filter's user could plant a link.
    expect(step.undo.filter(({ asHolderOf }) => asHolderOf === undefined)).toEqual([]);
    const conf = made.changes.findIndex(
      (each) => each.kind === 'write-file' && each.path === '/etc/opendkim.conf',
    );
    expect(made.changes.indexOf(step)).toBeLessThan(conf);
    expect(after(made, '/etc/opendkim.conf')).toMatch(
      /^KeyFile\s+\/etc\/dkimkeys\/example\.com\/mail\.private$/m,
    );
  });

  it('is made once', async () => {
    const there = { ...INSTALLED, '/etc/dkimkeys/example.com/mail.private': 'key' };
    expect(keyStep(await plan(there))).toBeUndefined();
  });

  it('of somebody else stays, with its domain and its selector', async () => {
    const own = 'Domain example.org\nSelector s1\nKeyFile /etc/dkimkeys/own.private\n';
    const kept = await plan({ ...INSTALLED, '/etc/opendkim.conf': own });
    expect(keyStep(kept)).toBeUndefined();
    const text = after(kept, '/etc/opendkim.conf')!;
    expect(text.startsWith(own)).toBe(true);
    expect(text).not.toContain('example.com/mail.private');
    const table = 'KeyTable refile:/etc/opendkim/KeyTable\n';
    expect(keyStep(await plan({ ...INSTALLED, '/etc/opendkim.conf': table }))).toBeUndefined();
  });
});

describe('mail that does not come by SMTP', () => {
  it('goes to the manager once a milter signs', async () => {
    const text = after(await plan(INSTALLED), '/etc/postfix/main.cf');
    expect(text).toMatch(/^non_smtpd_milters = \$smtpd_milters$/m);
  });

  it('finds the socket also where cleanup alone is not chrooted', async () => {
    const master = 'smtp inet n - y - - smtpd\ncleanup unix n - n - 0 cleanup\n';
    const made = await plan({ ...INSTALLED, '/etc/postfix/master.cf': master });
    // Relative to the queue directory, which is the root of the one and the working directory of the other.
    const text = after(made, '/etc/postfix/main.cf');
    expect(text).toMatch(/^smtpd_milters = unix:milter-manager\/milter-manager\.sock$/m);
    expect(text).toMatch(
      /^non_smtpd_milters = (?:\$smtpd_milters|unix:milter-manager\/milter-manager\.sock)$/m,
    );
  });

  it('stays as it is where none does', async () => {
    const text = after(await plan(INSTALLED, ['spamass-milter']), '/etc/postfix/main.cf');
    expect(text).toContain('smtpd_milters');
    expect(text).not.toContain('non_smtpd_milters');
  });
});
