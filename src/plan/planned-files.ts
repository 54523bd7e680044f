/** A host as it will be once the planned files are written: detection then finds what the plan makes true. */
import type { FileStat, HostReader } from '../host/host.ts';

/** `files`: latin1 texts by path. */
export function withPlannedFiles(host: HostReader, files: ReadonlyMap<string, string>): HostReader {
  const statOf = (path: string, stat: FileStat | undefined): FileStat | undefined => {
    const text = files.get(path);
    if (text === undefined) return stat;
    const known = stat ?? { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtimeMs: 0 };
    return { ...known, size: text.length };
  };
  return {
    read: (path) => {
      const text = files.get(path);
      return text === undefined ? host.read(path) : Buffer.from(text, 'latin1');
    },
    stat: (path) => statOf(path, host.stat(path)),
    lstat: (path) => statOf(path, host.lstat(path)),
    readLink: (path) => host.readLink(path),
    list: (path) => host.list(path),
  };
}
