/** The milters beside the documents' three on a fresh host: signatures, results in headers, rspamd. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type BootedHost } from './host.ts';
import { deliveredMail, GTUBE, OFFICE, OFFICE_NETWORK, sendMail, WELL_NAMED } from './mail.ts';
import { prepareForMail, putSignatures } from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';
import { DOMAIN, expectSignedMail, RECORD } from './signed-mail.ts';
import type { TestedPlatform } from './tested-platforms.ts';

/** @param numbers the last parts of the addresses of the two hosts */
export function describeMoreMilters(
  platform: TestedPlatform,
  numbers: { readonly signatures: number; readonly rspamd: number },
): void {
  describe('with signatures, SPF and DMARC', () =>
    describeSignatures(platform, numbers.signatures));
  describe('with rspamd', () => describeRspamd(platform, numbers.rspamd));
}

function describeSignatures(platform: TestedPlatform, number: number): void {
  const milters = ['opendkim', 'opendmarc', 'spf', ...platform.milters].join(',');
  let host: BootedHost;
  let tarball: Package;

  beforeAll(async () => {
    host = await boot(`e2e-more-${platform.image}`, platform.image, number);
    platform.prepare?.(host);
    tarball = copyPackage(host, await packPackage());
    await prepareForMail(host);
    putSignatures(host);
  });
  afterAll(() => host.down());

  it('sets all milters up at once, proves them, and shows the DNS record', async () => {
    const { exitCode, stdout, output } = await tarball.setup(
      ...['--yes', '--milters', milters],
      ...['--local-networks', OFFICE_NETWORK],
    );
    expect(exitCode, output).toBe(0);
    expect(stdout).toContain('status: pass');
    expect(stdout).toMatch(RECORD);
    const key = await host.run('stat', '-c', '%a %U:%G', `/etc/dkimkeys/${DOMAIN}/mail.private`);
    expect(key.trim()).toBe('600 opendkim:opendkim');
  });

  it("signs cron's mail so that the published key verifies it", () => expectSignedMail(host));

  it('signs mail of our own networks, and that of nobody else', async () => {
    const sender = `alice@${DOMAIN}`;
    const ours = await sendMail(host, { client: OFFICE, sender });
    const signed = await deliveredMail(host, ours);
    expect(signed.headers.get('dkim-signature')?.[0]).toContain(`d=${DOMAIN}`);
    const forged = await deliveredMail(host, await sendMail(host, { client: WELL_NAMED, sender }));
    expect(forged.headers.has('dkim-signature')).toBe(false);
  });

  it('says what SPF and DMARC found, under one name', async () => {
    const { headers } = await deliveredMail(host, await sendMail(host, { client: WELL_NAMED }));
    const results = headers.get('authentication-results') ?? [];
    const ours = results.filter((each) => each.startsWith(`${host.name}.${DOMAIN};`));
    expect(ours).toEqual(results);
    expect(ours.join('\n')).toMatch(/spf=none/);
    expect(ours.join('\n')).toMatch(/dmarc=none/);
  });

  it('judges no mail of our own', async () => {
    const { headers } = await deliveredMail(host, await sendMail(host, { client: OFFICE }));
    expect(headers.get('authentication-results')?.join('\n') ?? '').not.toMatch(/spf|dmarc/);
  });

  it('finds nothing to do a second time', async () => {
    const { stdout } = await tarball.setup('--yes', '--milters', milters);
    expect(stdout).toContain('nothing to do');
  });

  it('takes it all back, the key with it', async () => {
    const { exitCode, output } = await tarball.setup('undo', '--yes');
    expect(exitCode, output).toBe(0);
    expect(host.exists(`/etc/dkimkeys/${DOMAIN}`)).toBe(false);
  });
}

function describeRspamd(platform: TestedPlatform, number: number): void {
  let host: BootedHost;
  let tarball: Package;

  beforeAll(async () => {
    host = await boot(`e2e-rspamd-${platform.image}`, platform.image, number);
    platform.prepare?.(host);
    tarball = copyPackage(host, await packPackage());
    await prepareForMail(host);
  });
  afterAll(() => host.down());

  it('is not set up beside spamass-milter by mistake', async () => {
    const { exitCode, output } = await tarball.setup('--yes', '--milters', 'rspamd,spamass');
    expect(exitCode).toBe(2);
    expect(output).toContain('rspamd together with spamass-milter');
    expect(host.exists('/etc/rspamd')).toBe(false);
  });

  it('is set up and proved', async () => {
    const { exitCode, stdout, output } = await tarball.setup('--yes', '--milters', 'rspamd');
    expect(exitCode, output).toBe(0);
    expect(stdout).toContain('status: pass');
  });

  it('refuses spam and scores the rest', async () => {
    const spam = await sendMail(host, { client: WELL_NAMED, body: GTUBE });
    expect(spam.replies.message?.code).toBe(554);
    const { headers } = await deliveredMail(host, await sendMail(host, { client: WELL_NAMED }));
    expect(headers.get('x-spam-status')?.[0]).toMatch(/^No, score=/);
  });
}
