/** The main job and more milters on a fresh Ubuntu 24.04. */
import { describe } from 'vitest';
import { whyNoHosts } from '../host.ts';
import { makeImage } from '../images.ts';
import { describeMainJob } from '../main-job.ts';
import { describeMoreMilters } from '../more-milters.ts';
import { UBUNTU_2404 } from '../tested-platforms.ts';

const missing = whyNoHosts() ?? (await makeImage(UBUNTU_2404.image));

describe.skipIf(missing !== undefined)(`Ubuntu 24.04 ${missing ?? ''}`, () => {
  describe('the main job', () => describeMainJob(UBUNTU_2404, 69));
  describe('more milters', () => describeMoreMilters(UBUNTU_2404, { signatures: 70, rspamd: 71 }));
});
