/** The main job and more milters on a fresh Debian 11. */
import { describe } from 'vitest';
import { whyNoHosts } from '../host.ts';
import { makeImage } from '../images.ts';
import { describeMainJob } from '../main-job.ts';
import { describeMoreMilters } from '../more-milters.ts';
import { DEBIAN_11 } from '../tested-platforms.ts';

const missing = whyNoHosts() ?? (await makeImage(DEBIAN_11.image));

describe.skipIf(missing !== undefined)(`Debian 11 ${missing ?? ''}`, () => {
  describe('the main job', () => describeMainJob(DEBIAN_11, 66));
  describe('more milters', () => describeMoreMilters(DEBIAN_11, { signatures: 67, rspamd: 68 }));
});
