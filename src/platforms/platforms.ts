/** The platform of each name. */
import { centos6 } from './centos6.ts';
import { debian } from './debian.ts';
import { freebsd } from './freebsd.ts';
import type { Platform, PlatformName } from './platform.ts';
import { redhat } from './redhat.ts';

export const PLATFORMS: Readonly<Record<PlatformName, Platform>> = {
  freebsd,
  centos6,
  redhat,
  debian,
};
