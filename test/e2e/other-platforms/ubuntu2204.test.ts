/** The main job and more milters on a fresh Ubuntu 22.04. */
import { describe } from 'vitest';
import { whyNoHosts } from '../host.ts';
import { makeImage } from '../images.ts';
import { describeMainJob } from '../main-job.ts';
import { describeMoreMilters } from '../more-milters.ts';
import { UBUNTU_2204 } from '../tested-platforms.ts';

const missing = whyNoHosts() ?? (await makeImage(UBUNTU_2204.image));

describe.skipIf(missing !== undefined)(`Ubuntu 22.04 ${missing ?? ''}`, () => {
  describe('the main job', () => describeMainJob(UBUNTU_2204, 72));
  describe('more milters', () => describeMoreMilters(UBUNTU_2204, { signatures: 73, rspamd: 74 }));
});
