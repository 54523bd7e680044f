/** `status` and `check --mail` on a Debian 13 that was set up: who gets through, what was done, and where test mails go. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { deliveredMail, mailbox, RECIPIENT, sendMail, WELL_NAMED, type Mail } from './mail.ts';
import { prepareForMail, putSignatures } from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';

const missing = whyNoHosts();
const MILTERS = ['milter-greylist', 'clamav-milter', 'spamass-milter'];

interface Status {
  readonly status: string;
  readonly troubles: readonly string[];
  readonly postfix: Readonly<Record<string, unknown>>;
  readonly manager: Readonly<Record<string, unknown>>;
  readonly milters: readonly {
    readonly name: string;
    readonly told: { readonly last: { readonly status: string; readonly at: string } } | null;
  }[];
}

interface Check {
  readonly status: string;
  readonly unfiltered?: string;
  readonly results: readonly { readonly mail: string; readonly decidedBy?: string }[];
  readonly mails: readonly {
    readonly mail: string;
    readonly outcome: string;
    readonly reply: string;
    readonly why?: string;
    readonly decidedBy?: string;
    readonly account?: {
      readonly headers: readonly { readonly milter: string; readonly header: string }[];
    };
  }[];
}

describe.skipIf(missing !== undefined)(`status and check on Debian 13 ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;

  beforeAll(async () => {
    host = await boot('st-check', 'debian13', 140);
    tarball = copyPackage(host, await packPackage());
    await prepareForMail(host);
    putSignatures(host);
    const { exitCode, output } = await tarball.setup('--yes', '--greylist-delay', '8s');
    if (exitCode !== 0) throw new Error(output);
  });
  afterAll(() => host.down());

  const status = async (): Promise<{ readonly exitCode: number; readonly json: Status }> => {
    const { exitCode, stdout } = await tarball.setup('status', '--json');
    return { exitCode, json: JSON.parse(stdout) as Status };
  };
  const check = async (): Promise<{ readonly exitCode: number; readonly json: Check }> => {
    const { exitCode, stdout } = await tarball.setup('check', '--mail', '--json');
    return { exitCode, json: JSON.parse(stdout) as Check };
  };
  const log = (...words: readonly string[]) =>
    host.run('journalctl', '--no-pager', '-o', 'cat', ...words);

  it('sees that all of it runs, and that each gets through to whom it asks', async () => {
    const { exitCode, json } = await status();
    expect(json.troubles).toEqual([]);
    expect(exitCode).toBe(0);
    expect(json.postfix).toMatchObject({
      ...{ installed: true, enabled: true, running: true, asksManager: true },
      version: (await host.run('dpkg-query', '-W', '-f', '${Version}', 'postfix')).trim(),
    });
    expect(json.manager).toMatchObject({
      ...{ installed: true, enabled: true, running: true, reachable: true, reachedAs: 'postfix' },
    });
    for (const name of MILTERS) {
      const version = (await host.run('dpkg-query', '-W', '-f', '${Version}', name)).trim();
      expect(json.milters.find((each) => each.name === name)).toMatchObject({
        ...{ enabled: true, running: true, reachable: true, reachedAs: 'milter-manager', version },
      });
    }
  });

  it('lets nobody ask the manager but root and its own user', async () => {
    const directory = '/var/spool/postfix/milter-manager/private';
    expect((await host.run('stat', '-c', '%a %U', directory)).trim()).toBe('700 milter-manager');
    const postfix = ['setpriv', '--reuid=postfix', '--regid=postfix', '--init-groups'];
    expect((await host.exec(...postfix, 'ls', directory)).exitCode).not.toBe(0);
  });

  it('tells what each milter did with the last mail, and when', async () => {
    const before = Date.now();
    const sent = await sendMail(host, { client: WELL_NAMED });
    await deliveredMail(host, sent);
    const { json } = await status();
    for (const name of ['clamav-milter', 'spamass-milter']) {
      const last = json.milters.find((each) => each.name === name)?.told?.last;
      expect(last?.status, name).toMatch(/^(?:accept|pass)$/);
      expect(Date.parse(last!.at)).toBeGreaterThanOrEqual(before);
    }
    const { stdout } = await tarball.setup('status');
    expect(stdout).toMatch(/^clamav-milter .*\n.*\n {2}last: accept \d+ s ago at end-of-message/m);
  });

  it('sends mails that Postfix takes, and that nobody gets', async () => {
    const mailboxes = await host.run('find', '/var/mail', '/home', '-type', 'f', '-size', '+0');
    const settings = host.read('/etc/postfix/main.cf');
    const { exitCode, json } = await check();
    expect(exitCode, JSON.stringify(json)).toBe(0);
    const [clean, virus, spam] = json.mails;
    expect(clean).toMatchObject({
      ...{ outcome: 'pass', reply: expect.stringMatching(/^250 2\.0\.0 Ok: queued as/) as unknown },
    });
    expect(clean?.account?.headers).toContainEqual({
      ...{ milter: 'clamav-milter', header: 'X-Virus-Status: Clean' },
    });
    expect(virus).toMatchObject({
      ...{ outcome: 'pass', reply: '550 5.7.1 Command rejected', decidedBy: 'clamav-milter' },
    });
    // Mail of this host is not scored.
    expect(spam).toMatchObject({
      outcome: 'pass',
      reply: expect.stringMatching(/^250 /) as unknown,
    });
    const id = /queued as (\S+)/.exec(clean!.reply)![1]!;
    await expect.poll(() => log('-t', 'postfix/qmgr')).toContain(`${id}: removed`);
    expect(await log('-t', 'postfix/qmgr')).toMatch(
      new RegExp(`${id}: to=<double-bounce@.*relay=none.*discarded`),
    );
    expect(await host.run('postqueue', '-p')).toContain('Mail queue is empty');
    expect(await host.run('find', '/var/mail', '/home', '-type', 'f', '-size', '+0')).toBe(
      mailboxes,
    );
    expect(host.read('/etc/postfix/main.cf')).toEqual(settings);
  });

  it('tells the very headers that a mail has once it is delivered', async () => {
    const argv = ['check', '--mail', '--to', `${RECIPIENT}@[127.0.0.1]`, '--json'];
    const { exitCode, stdout } = await tarball.setup(...argv);
    expect(exitCode).toBe(0);
    const told = (JSON.parse(stdout) as Check).mails[0]!.account!.headers;
    expect(told.length).toBeGreaterThan(1);
    const isProbe = ({ headers }: Mail) => headers.get('subject')?.[0] === 'Lunch on Thursday';
    await expect.poll(() => mailbox(host).filter(isProbe)).toHaveLength(1);
    const { headers } = mailbox(host).find(isProbe)!;
    for (const { header } of told) {
      const [name = '', value] = header.split(': ');
      expect(headers.get(name.toLowerCase())).toEqual([value]);
    }
  });

  it('shows an ordinary user what that user may see', async () => {
    await host.run('sh', '-c', 'install -m 644 /root/milter-setup-*.tgz /tmp/milter-setup.tgz');
    await host.run('install', '-d', '-o', 'nobody', '/tmp/nobody');
    const { exitCode, stdout, output } = await host.exec(
      ...['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'],
      ...['env', 'HOME=/tmp/nobody', 'npx', '--yes', '--package=/tmp/milter-setup.tgz'],
      ...['--', 'milter-setup', 'status'],
    );
    expect(exitCode, output).toBe(0);
    expect(stdout).toMatch(/^clamav-milter +\d\S+ +yes +yes +\?$/m);
    expect(stdout.match(/only root can try it/g)).toHaveLength(1);
  });

  it('names who decided', async () => {
    const { json } = await check();
    const decided = json.results.map(({ mail, decidedBy }) => [mail, decidedBy]);
    expect(decided).toContainEqual(['a virus (EICAR)', 'clamav-milter']);
    expect(decided).toContainEqual(['spam (GTUBE)', 'spamass-milter']);
    expect(decided).toContainEqual(['a suspicious unknown sender', 'milter-greylist']);
  });

  it('fails with 3 where the manager does not get through to a milter any more', async () => {
    await host.run('chmod', '0700', '/run/clamav');
    const { exitCode, json } = await status();
    expect(exitCode).toBe(3);
    expect(json.troubles).toEqual(['milter-manager cannot reach clamav-milter: Permission denied']);
    await host.run('chmod', '0755', '/run/clamav');
    expect((await status()).exitCode).toBe(0);
  });

  it("fails with 3 where Postfix does not get through to the manager, in Postfix's chroot", async () => {
    const directory = '/var/spool/postfix/milter-manager';
    await host.run('chmod', '0700', directory);
    const { exitCode, json } = await status();
    expect(exitCode).toBe(3);
    expect(json.troubles).toEqual(['postfix cannot reach milter-manager: Permission denied']);
    await host.run('chmod', '0750', directory);
    expect((await status()).exitCode).toBe(0);
  });

  it('fails where a virus gets through, for the scanner is gone', async () => {
    await host.run('systemctl', 'stop', 'clamav-milter');
    expect((await status()).json.troubles).toEqual(['clamav-milter is enabled and does not run']);
    const { exitCode, json } = await check();
    expect(exitCode).toBe(1);
    expect(json.unfiltered).toBeUndefined();
    expect(json.mails[1]).toMatchObject({
      ...{ outcome: 'fail', why: 'it was let through without an answer of clamav-milter' },
      reply: expect.stringMatching(/^250 /) as unknown,
    });
  });

  it('says that nothing is filtered where all of them are gone', async () => {
    await host.run('systemctl', 'stop', 'milter-greylist', 'spamass-milter');
    const { exitCode, json } = await check();
    expect(exitCode).toBe(1);
    expect(json.unfiltered).toContain('nothing is filtered');
    await host.run('systemctl', 'start', ...MILTERS);
  });

  it('sends nothing where somebody would get a copy', async () => {
    fs.appendFileSync(join(host.root, 'etc/postfix/main.cf'), 'always_bcc = alice\n');
    const { exitCode, output } = await tarball.setup('check', '--mail');
    expect(exitCode).toBe(1);
    expect(output).toContain('always_bcc = alice gets a copy of each mail');
    await host.run('postconf', '-X', 'always_bcc');
  });

  it('leaves no socket and no directory behind when it is all undone', async () => {
    await host.run('systemctl', 'kill', '--signal=KILL', 'milter-manager');
    const { exitCode, output } = await tarball.setup('undo', '--yes');
    expect(exitCode, output).toBe(0);
    expect(host.exists('/var/spool/postfix/milter-manager')).toBe(false);
  });
});
