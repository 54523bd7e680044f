/** The main job on a fresh Debian 13. */
import { describe } from 'vitest';
import { whyNoHosts } from './host.ts';
import { describeMainJob } from './main-job.ts';
import { DEBIAN_13 } from './tested-platforms.ts';

const missing = whyNoHosts();

describe.skipIf(missing !== undefined)(`Debian 13 ${missing ?? ''}`, () => {
  describeMainJob(DEBIAN_13, 61);
});
