/** `milter-setup status` on a host that signs its mail. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { setUp, treeOf } from '../golden/tree.ts';

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
