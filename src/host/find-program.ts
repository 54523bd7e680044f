/** Finds programs on a host, whatever PATH we were started with. */
import type { HostReader } from './host.ts';

/** Where systems keep programs; root's PATH often lacks some of them (su without `-`, cron, npx). */
export const PROGRAM_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
] as const;

/** The path of an executable file of that name; undefined where there is none. */
export function findProgram(host: HostReader, name: string): string | undefined {
  return PROGRAM_DIRECTORIES.map((directory) => `${directory}/${name}`).find((path) => {
    const stat = host.stat(path);
    return stat?.type === 'file' && (stat.mode & 0o111) !== 0;
  });
}
