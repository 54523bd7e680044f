/** A host whose name server never answers: milters that look SPF up take ten seconds, and are waited for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, whyNoHosts, type BootedHost } from './host.ts';
import { DIAL_UP, sendMail, WELL_NAMED } from './mail.ts';
import { prepareForMail } from './mail-host.ts';
import { copyPackage, packPackage, type Package } from './package.ts';

const missing = whyNoHosts();

describe.skipIf(missing !== undefined)(`a silent name server ${missing ?? ''}`, () => {
  let host: BootedHost;
  let tarball: Package;

  beforeAll(async () => {
    host = await boot('e2e-silent', 'debian13', 75);
    tarball = copyPackage(host, await packPackage());
    await prepareForMail(host, 'silent');
  });
  afterAll(() => host.down());

  it('does not make the first run fail', async () => {
    const { exitCode, output, stdout } = await tarball.setup(
      ...['--yes', '--milters', 'greylist,spf,opendmarc'],
    );
    expect(exitCode, output).toBe(0);
    expect(stdout).toMatch(/^status: pass$/m);
  });

  it('lets no stranger past milter-greylist', async () => {
    const stranger = await sendMail(host, { client: DIAL_UP });
    expect(stranger.replies.rcpt?.code).toBe(451);
    // That the name server is silent: an answer would have come at once.
    expect(stranger.seconds).toBeGreaterThan(9);
  });

  it('takes clean mail all the same', async () => {
    expect((await sendMail(host, { client: WELL_NAMED })).final.code).toBe(250);
  });
});
