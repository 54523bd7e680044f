/** clamd, the virus scanner behind clamav-milter, and freshclam, which keeps its signatures: without any it does not start. */
import type { Requirement } from '../change/change.ts';
import type { Preparation, Scanner, ServiceSetup } from './milter.ts';

/**
 * What the start of clamd looks for: FreeBSD's scripts and Debian's unit for the main database, which freshclam brings
 * last of the large ones; clamd itself for any.
 */
const DATABASES = {
  main: ['main.cvd', 'main.cld', 'main.inc'],
  any: ['*.cvd', '*.cld', '*.inc', '*.ndb', '*.hdb', '*.hsb'],
} as const;
export type Databases = keyof typeof DATABASES;

function databases(directory: string, which: Databases): readonly string[] {
  return DATABASES[which].map((name) => `${directory}/${name}`);
}

/** @param instead done where there are none */
export function signatures(
  directory: string,
  which: Databases,
  instead?: Requirement['instead'],
): Requirement {
  return {
    anyOf: databases(directory, which),
    otherwise: 'there are no virus signatures yet (freshclam could not download them)',
    finish: 'freshclam && milter-setup enable clamav-milter',
    ...(instead && { instead }),
  };
}

/** @param which those that make it needless; none where the package brings some, which are as old as itself */
export function download(
  directory: string,
  which: Databases | undefined,
  commands: Preparation['commands'],
): Preparation {
  return {
    title: 'download the virus signatures',
    why: 'clamd does not start without signatures.',
    commands,
    ...(which && { unless: databases(directory, which) }),
  };
}

export const freshclam = (program: string) => ({
  argv: [program],
  timeout: 900,
  tolerated: 'freshclam could not download signatures',
});

export const clamdService = (name: string, requires: Requirement): ServiceSetup => ({
  name,
  why: 'The virus scanner behind clamav-milter.',
  requires,
});

export const freshclamService = (name: string): ServiceSetup => ({
  name,
  why: 'Keeps the virus signatures up to date.',
});

export const clamd: Scanner = {
  daemon: 'clamd',
  configurations: [
    ...['/etc/clamav/clamd.conf', '/usr/local/etc/clamd.conf'],
    ...['/etc/clamd.d/scan.conf', '/etc/clamd.conf'],
  ],
  usualDirectory: '/var/lib/clamav',
  database: /\.(?:cvd|cld|inc|ndb|hdb|hsb|ldb|mdb)$/,
};
