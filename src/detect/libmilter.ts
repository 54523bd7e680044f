/**
 * Whether a service's program is built on libmilter, Sendmail's library, in C or through Python's Milter module. All of
 * these read commands from their stream in order, answer each, and after a final answer ignore what is left of the
 * message without a word; and they take SMFIC_QUIT_NC (see `Child.mayServeAnother`). Tried with a whole message in one
 * write, with an early final answer, with an abort in the middle, with a second mail behind, and with another session:
 * amavisd-milter, clamav-milter, dkimpy-milter, milter-greylist, opendkim, opendmarc, pyspf-milter, spamass-milter.
 * Nothing is lost where one answers what is left all the same: `Habit` in ../manager/child/command-queue.ts.
 */
import { basename } from 'node:path';
import type { HostReader } from '../host/host.ts';
import type { InitSystem } from '../platforms/platform.ts';
import { neededLibraries } from './elf.ts';
import { findServices } from './find-services.ts';
import { forgivingReader } from './forgiving-reader.ts';
import { importsModule } from './python-program.ts';
import type { Service } from './service.ts';

/** Bytes: programs are smaller. */
const MOST = 32 * 1024 * 1024;

/** The program of the service that is built on it; undefined where it is not, or cannot be seen. */
export function libmilterProgram(host: HostReader, service: Service): string | undefined {
  const { program, words } = service;
  const started = /^python[\d.]*$/.test(basename(program ?? '')) ? words[0] : program;
  return started !== undefined && needsLibmilter(host, started) ? started : undefined;
}

/** How a service of any name is known to be built on it; undefined where it is not. */
export function knownByLibrary(
  host: HostReader,
  init: InitSystem,
  name: string,
): string | undefined {
  const reader = forgivingReader(host, () => undefined);
  const programs = findServices(reader, init, name, () => undefined).map((service) =>
    libmilterProgram(reader, service),
  );
  const program = programs.find((each) => each !== undefined);
  return program && usesLibmilter(program);
}

export function usesLibmilter(program: string): string {
  return `${program} uses libmilter`;
}

function needsLibmilter(host: HostReader, path: string): boolean {
  const found = host.stat(path);
  if (found?.type !== 'file' || found.size > MOST) return false;
  const bytes = host.read(path);
  if (bytes === undefined) return false;
  const firstLine = bytes.toString('latin1', 0, 128).split('\n', 1)[0]!;
  if (/^#!.*python/.test(firstLine)) return importsModule(host, bytes.toString('latin1'), 'Milter');
  return neededLibraries(bytes).some((name) => /^libmilter\.so(?:\.|$)/.test(name));
}
