/** The milters beside the documents' three on a fresh Debian 13. */
import { describe } from 'vitest';
import { whyNoHosts } from './host.ts';
import { describeMoreMilters } from './more-milters.ts';
import { DEBIAN_13 } from './tested-platforms.ts';

const missing = whyNoHosts();

describe.skipIf(missing !== undefined)(`more milters on Debian 13 ${missing ?? ''}`, () => {
  describeMoreMilters(DEBIAN_13, { signatures: 77, rspamd: 78 });
});
