/** The platforms that we know. */
import { centos6 } from './centos6.ts';
import { debian } from './debian.ts';
import { freebsd } from './freebsd.ts';
import type { Platform } from './platform.ts';
import { redhat } from './redhat.ts';

const platforms = { freebsd, centos6, redhat, debian } satisfies Readonly<Record<string, Platform>>;

export type PlatformName = keyof typeof platforms;

export const PLATFORMS: Readonly<Record<PlatformName, Platform>> = platforms;

/** Stands for a system that we do not know: its places are the usual ones of a Linux. */
export const USUAL_PLATFORM: Platform = redhat;

/** The system that a host runs. */
export interface Release {
  readonly platform: PlatformName;
  /** os-release ID, or `freebsd`, `centos` where there is no such file. */
  readonly id: string;
  /** `13`, `10.0`, `6.4`. */
  readonly version: string;
  /** For people: `Debian GNU/Linux 13 (trixie)`. */
  readonly title: string;
}
