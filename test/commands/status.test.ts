/** `milter-setup status` on a host that signs its mail. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setUp, treeOf } from '../golden/tree.ts';
import { SOCKETS, statusHost } from './status-host.ts';

/** As opendkim-genkey writes it. */
const RECORD =
  'mail._domainkey.example.com.\tIN\tTXT\t( "v=DKIM1; h=sha256; k=rsa; "\n' +
  '\t  "p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCg" )  ; ----- DKIM key mail for example.com\n';
const UNIT = '[Service]\nExecStart=/usr/sbin/opendkim\n[Install]\nWantedBy=multi-user.target\n';

function signingHost(conf: string): string {
  const root = treeOf('debian-13');
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('etc/opendkim.conf', `${conf}Socket\tlocal:/run/opendkim/opendkim.sock\n`);
  write('etc/dkimkeys/example.com/mail.private', 'the secret half\n');
  write('etc/dkimkeys/example.com/mail.txt', RECORD);
  write('usr/sbin/opendkim', '');
  write('usr/lib/systemd/system/opendkim.service', UNIT);
  mkdirSync(join(root, 'etc/systemd/system/multi-user.target.wants'), { recursive: true });
  symlinkSync(
    '/usr/lib/systemd/system/opendkim.service',
    join(root, 'etc/systemd/system/multi-user.target.wants/opendkim.service'),
  );
  return root;
}

const KEY =
  'Domain\texample.com\nSelector\tmail\nKeyFile\t/etc/dkimkeys/example.com/mail.private\n';

it('shows the record that the DNS must have', async () => {
  const { text } = await setUp(signingHost(KEY), 'status');
  expect(text).toContain(
    `opendkim signs mail of example.com; its DNS must have:\n${RECORD.trimEnd()}\n`,
  );
  expect(text).not.toContain('secret');
});

it('has it in its JSON', async () => {
  const { text } = await setUp(signingHost(KEY), 'status', '--json');
  expect(JSON.parse(text)).toMatchObject({
    dkim: [{ milter: 'opendkim', domain: 'example.com', selector: 'mail', record: RECORD }],
  });
});

it('never takes the key for its record', async () => {
  const conf = KEY.replace('mail.private', 'mail.key');
  const root = signingHost(conf);
  writeFileSync(join(root, 'etc/dkimkeys/example.com/mail.key'), 'the secret half\n');
  const { text } = await setUp(root, 'status');
  expect(text).not.toContain('secret');
});

it('shows none where nothing signs', async () => {
  const { text } = await setUp(treeOf('debian-13'), 'status');
  expect(text).not.toContain('DNS');
});

const GREYLIST = {
  name: 'milter-greylist',
  mails: { stop: 8, pass: 2, 'temporary-failure': 2 },
  ...{ failures: 0, lastFailure: null, leftAlone: false },
};
const OPENDKIM = {
  ...{ name: 'opendkim', last: null, mails: {}, failures: 5, leftAlone: true },
  lastFailure: {
    ...{ kind: 'unreachable', stage: 'negotiate', reason: 'connect ECONNREFUSED' },
    at: new Date(Date.now() - 300_000_000).toISOString(),
  },
};

/** As `GET /status` tells it (src/manager/README.md). */
function toldAt(at: Date): object {
  const last = {
    ...{ status: 'temporary-failure', stage: 'envelope-recipient', milliseconds: 1.234 },
    at: at.toISOString(),
  };
  return {
    ...{ schema: 1, version: '0.1.0', started: '2026-11-22T01:00:00.000Z', uptimeSeconds: 7300 },
    ...{ openSessions: 1, sessions: 12, mails: { pass: 10, reject: 2 } },
    milters: [{ ...GREYLIST, last }, OPENDKIM],
  };
}

describe('a host that is set up', () => {
  it('is shown in 80 columns: versions, what runs, who gets through, and what was done last', async () => {
    const host = statusHost();
    await host.tells(toldAt(new Date(Date.now() - 125_000)));
    const { code, text } = await host.type('status');
    expect(code).toBe(0);
    expect(text).toBe(`Debian GNU/Linux 13 (trixie)

program          installed       enabled  running  reachable
postfix          3.10.4-1        yes      yes      -
  smtpd_milters = unix:/milter-manager/milter-manager.sock
milter-manager   0.1.0           yes      yes      yes
  unix:/var/spool/postfix/milter-manager/milter-manager.sock
  up 2 h, 1 session open; 12 mails: 10 pass, 2 reject

milter           installed       enabled  running  reachable
milter-greylist  4.6.4-6         yes      yes      yes
  unix:/run/milter-greylist/milter-greylist.sock
  last: temporary-failure 2 min ago at envelope-recipient in 1.2 ms
  12 mails: 8 not asked, 2 pass, 2 temporary-failure
opendkim         2.11.0~beta2-9  yes      yes      yes
  unix:/run/opendkim/opendkim.sock
  no mail since the start
  5 failures, the last 3 d ago at negotiate: connect ECONNREFUSED
  left alone for now, its fallback applies

not installed: clamav-milter, spamass-milter, opendmarc, pyspf-milter, rspamd,
dkimpy-milter, amavisd-milter
reachable: the manager for postfix, in its chroot /var/spool/postfix; the
milters for milter-manager
`);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('shows fallbacks as such, and what was let through without a milter', async () => {
    const host = statusHost();
    const at = new Date(Date.now() - 125_000).toISOString();
    const last = { status: 'accept', fallback: true, stage: 'negotiate', milliseconds: 0, at };
    await host.tells({
      ...toldAt(new Date()),
      unfiltered: 3,
      milters: [
        { ...GREYLIST, last },
        { ...OPENDKIM, last, mails: { pass: 2 }, fallbacks: { accept: 3 } },
      ],
    });
    const { text } = await host.type('status');
    expect(text).toContain('  let through without one of the milters: 3\n');
    expect(text).toContain('  last: fallback accept 2 min ago at negotiate in 0.0 ms\n');
    expect(text).toContain('  5 mails: 3 fallback accept, 2 pass\n');
  });

  it('is all in the JSON, with what cannot be seen as null', async () => {
    const host = statusHost();
    await host.tells(toldAt(new Date('2026-11-22T02:00:00.000Z')));
    const { code, text } = await host.type('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({
      ...{ schema: 1, status: 'pass', troubles: [] },
      postfix: {
        ...{ installed: true, version: '3.10.4-1', enabled: true, running: true },
        ...{ smtpdMilters: 'unix:/milter-manager/milter-manager.sock', asksManager: true },
      },
      manager: {
        ...{ installed: true, version: '0.1.0', enabled: true, running: true, reachable: true },
        ...{ reachedAs: 'postfix', socket: SOCKETS.manager, told: { uptimeSeconds: 7300 } },
      },
      milters: expect.arrayContaining([
        expect.objectContaining({
          ...{ name: 'milter-greylist', version: '4.6.4-6', reachable: true },
          told: {
            ...GREYLIST,
            last: expect.objectContaining({ at: '2026-11-22T02:00:00.000Z' }) as unknown,
          },
        }),
        // Its package was removed, and its configuration is still there.
        expect.objectContaining({
          ...{ name: 'clamav-milter', installed: false, version: null, told: null },
        }),
      ]) as unknown,
    });
  });

  it('tries the sockets as those who need them, with a handshake and no mail', async () => {
    const host = statusHost();
    await host.type('status');
    expect(host.tried.map((argv) => [argv[2], argv[4]])).toEqual([
      ['postfix', SOCKETS.manager],
      ['milter-manager', SOCKETS.greylist],
      ['milter-manager', SOCKETS.opendkim],
    ]);
    expect(new Set(host.said)).toEqual(new Set(['MTA > QUIT\n']));
  });

  it('follows links as Postfix does in its chroot', async () => {
    const host = statusHost();
    mkdirSync(join(host.root, 'var/spool/postfix'), { recursive: true });
    symlinkSync('/elsewhere', join(host.root, 'var/spool/postfix/milter-manager'));
    await host.type('status');
    expect(host.tried[0]?.[4]).toBe('unix:/var/spool/postfix/elsewhere/milter-manager.sock');
    host.write('/etc/postfix/master.cf', 'smtp inet n - n - - smtpd\n');
    host.write('/etc/postfix/main.cf', 'smtpd_milters = unix:milter-manager/milter-manager.sock\n');
    await host.type('status');
    expect(host.tried.at(-3)?.[4]).toBe(SOCKETS.manager);
  });

  it('fails with 3 where somebody cannot get through, and says who and why', async () => {
    const host = statusHost();
    host.refuses.set(`milter-manager ${SOCKETS.greylist}`, {
      exitCode: 1,
      stderr: 'milter-test-server: -:1: Permission denied\n',
    });
    const { code, text } = await host.type('status');
    expect(code).toBe(3);
    expect(text).toContain('\n  as milter-manager: Permission denied\n');
    expect(text).toContain('x milter-manager cannot reach milter-greylist: Permission denied\n');
  });

  it.each([
    ['opendkim', 'x opendkim is enabled and does not run'],
    ['milter-manager', 'x milter-manager is enabled and does not run'],
    ['postfix', 'x postfix is enabled and does not run'],
  ])('fails with 3 where %s does not run', async (service, trouble) => {
    const host = statusHost();
    host.running.delete(service);
    const { code, text } = await host.type('status');
    expect(code).toBe(3);
    expect(text).toContain(trouble);
  });

  it('fails with 3 where Postfix does not ask the manager', async () => {
    const host = statusHost();
    host.write('/etc/postfix/main.cf', 'smtpd_milters = inet:127.0.0.1:8891\n');
    const { code, text } = await host.type('status');
    expect(code).toBe(3);
    expect(text).toContain(`smtpd_milters of main.cf does not name\n${SOCKETS.manager}`);
  });

  it('looks for the manager where its ini has it listen', async () => {
    const host = statusHost();
    host.write('/etc/milter-manager/milter-manager.ini', '[manager]\nconnection_spec = inet:11\n');
    expect((await host.type('status')).text).toContain('does not name\ninet:11@localhost');
    host.write('/etc/postfix/main.cf', 'smtpd_milters = inet:localhost:11\n');
    const { code, text } = await host.type('status');
    expect(text).not.toContain('does not name');
    expect(code).toBe(0);
  });

  it("shows a milter that the manager's ini alone names, and tries it", async () => {
    const host = statusHost();
    const section = '[milter.ours]\nconnection_spec = inet:9999@127.0.0.1\n';
    host.write('/etc/milter-manager/milter-manager.ini', section);
    const { text } = await host.type('status');
    expect(text).toMatch(/^ours +yes +yes +\? +yes\n {2}inet:9999@\[127\.0\.0\.1\]$/m);
    expect(host.tried.at(-1)?.slice(1, 5)).toEqual([
      ...['-u', 'milter-manager', '-s', 'inet:9999@[127.0.0.1]'],
    ]);
  });

  it('shows an ordinary user what that user can see, with one line why not more', async () => {
    const host = statusHost();
    host.user = 'nobody';
    const { code, text } = await host.type('status');
    expect(code).toBe(0);
    expect(host.tried).toEqual([]);
    expect(text).toMatch(/^milter-greylist {2}4\.6\.4-6 +yes +yes +\?$/m);
    expect(text.match(/only root/g)).toHaveLength(1);
  });

  it('says so where the manager tells nothing of its milters', async () => {
    const host = statusHost();
    const { code, text } = await host.type('status');
    expect(code).toBe(0);
    expect(text).toContain('tells no verdicts: no answer at');
  });
});

it('shows ? for what cannot be seen on a tree', async () => {
  const { code, text } = await setUp(signingHost(KEY), 'status');
  expect(code).toBe(0);
  expect(text).toMatch(/^opendkim +yes +yes +\? +\?$/m);
});
