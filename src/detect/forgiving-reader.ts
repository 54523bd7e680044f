/**
 * One look at a host: each file is read once, so that all facts agree, and what cannot be read is absent, with a
 * warning. Detection never fails for one file's sake.
 */
import type { HostReader } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';

export function forgivingReader(host: HostReader, warn: (warning: string) => void): HostReader {
  const remembering = <T>(look: (path: string) => T, otherwise: T): ((path: string) => T) => {
    const seen = new Map<string, T>();
    return (path) => {
      if (!seen.has(path))
        seen.set(
          path,
          attempt(() => look(path), otherwise),
        );
      return seen.get(path) ?? otherwise;
    };
  };
  const attempt = <T>(look: () => T, otherwise: T): T => {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      warn(error.message);
      return otherwise;
    }
  };
  return {
    read: remembering((path) => host.read(path), undefined),
    stat: remembering((path) => host.stat(path), undefined),
    lstat: remembering((path) => host.lstat(path), undefined),
    readLink: remembering((path) => host.readLink(path), undefined),
    list: remembering((path) => host.list(path), []),
  };
}
