/** clamd, the virus scanner behind clamav-milter, and freshclam, which keeps its signatures: without any it does not start. */
import type { Requirement } from '../change/change.ts';
import type { Preparation, ServiceSetup } from './milter.ts';

/** Any of these is a signature database; clamd starts with one and only with one. */
function databases(directory: string): readonly string[] {
  return ['*.cvd', '*.cld', '*.inc', '*.ndb', '*.hdb', '*.hsb'].map(
    (name) => `${directory}/${name}`,
  );
}

/** @param instead done where there are none */
export function signatures(directory: string, instead?: Requirement['instead']): Requirement {
  return {
    anyOf: databases(directory),
    otherwise: 'there are no virus signatures yet (freshclam could not download them)',
    finish: 'freshclam && milter-setup enable clamav-milter',
    ...(instead && { instead }),
  };
}

export function download(directory: string, commands: Preparation['commands']): Preparation {
  return {
    title: 'download the virus signatures',
    why: 'clamd does not start without signatures.',
    commands,
    unless: databases(directory),
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
