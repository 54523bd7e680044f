/** A reader for which what cannot be read is absent, with a warning: detection never fails for one file's sake. */
import type { HostReader } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';

export function forgivingReader(host: HostReader, warn: (warning: string) => void): HostReader {
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
    read: (path) => attempt(() => host.read(path), undefined),
    stat: (path) => attempt(() => host.stat(path), undefined),
    lstat: (path) => attempt(() => host.lstat(path), undefined),
    readLink: (path) => attempt(() => host.readLink(path), undefined),
    list: (path) => attempt(() => host.list(path), []),
  };
}
