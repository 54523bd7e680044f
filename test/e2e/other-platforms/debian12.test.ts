/** The main job and more milters on a fresh Debian 12. */
import { describe } from 'vitest';
import { whyNoHosts } from '../host.ts';
import { makeImage } from '../images.ts';
import { describeMainJob } from '../main-job.ts';
import { describeMoreMilters } from '../more-milters.ts';
import { DEBIAN_12 } from '../tested-platforms.ts';

const missing = whyNoHosts() ?? (await makeImage(DEBIAN_12.image));

describe.skipIf(missing !== undefined)(`Debian 12 ${missing ?? ''}`, () => {
  describe('the main job', () => describeMainJob(DEBIAN_12, 63));
  describe('more milters', () => describeMoreMilters(DEBIAN_12, { signatures: 64, rspamd: 65 }));
});
