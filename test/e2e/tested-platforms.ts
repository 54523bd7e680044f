/** The platforms that are booted for real, and in what they differ for the tests. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { BootedHost } from './host.ts';
import type { Image } from './images.ts';

export const DOCUMENTED_MILTERS = ['milter-greylist', 'clamav-milter', 'spamass-milter'] as const;
export type DocumentedMilter = (typeof DOCUMENTED_MILTERS)[number];

export interface TestedPlatform {
  readonly image: Image;
  readonly title: string;
  /** The documents' milters that its repositories have. */
  readonly milters: readonly DocumentedMilter[];
  /** The unit of spamd, which its file of options in /etc/default is named after. */
  readonly spamd: 'spamd' | 'spamassassin';
  /** What its archive needs before packages can be installed. */
  prepare?(host: BootedHost): void;
}

export const DEBIAN_13: TestedPlatform = {
  image: 'debian13',
  title: 'Debian 13',
  milters: DOCUMENTED_MILTERS,
  spamd: 'spamd',
};

export const DEBIAN_12: TestedPlatform = {
  image: 'debian12',
  title: 'Debian 12',
  milters: ['clamav-milter', 'spamass-milter'],
  spamd: 'spamd',
};

export const DEBIAN_11: TestedPlatform = {
  image: 'debian11',
  title: 'Debian 11',
  milters: DOCUMENTED_MILTERS,
  spamd: 'spamassassin',
  // Its long-term support has ended: these are still listed in bullseye-security, but no longer served.
  prepare: (host) => {
    fs.writeFileSync(
      join(host.root, 'etc/apt/preferences.d/no-longer-served'),
      'Package: clamav* libclamav* libnet-dns-perl\nPin: release l=Debian-Security\nPin-Priority: -1\n',
    );
  },
};

export const UBUNTU_2404: TestedPlatform = {
  image: 'ubuntu2404',
  title: 'Ubuntu 24.04',
  milters: DOCUMENTED_MILTERS,
  spamd: 'spamd',
};

export const UBUNTU_2204: TestedPlatform = {
  image: 'ubuntu2204',
  title: 'Ubuntu 22.04',
  milters: DOCUMENTED_MILTERS,
  spamd: 'spamassassin',
};

/** The services that run once the documents' milters are set up. */
export function servicesOf({ milters, spamd }: TestedPlatform): readonly string[] {
  return [
    ...['postfix', spamd, 'clamav-daemon', 'clamav-freshclam'],
    ...[...milters, 'milter-manager'],
  ];
}
