/** The log of what a verb does: remembered until a run changes something, and with --log a file from the beginning. */
import { resolve } from 'node:path';
import { createLog, logPath, type RunLog } from '../../apply/log.ts';
import { recordCommands } from '../../apply/recorded-host.ts';
import type { Host } from '../../host/host.ts';
import { openRealHost } from '../../host/real.ts';
import { EXIT, SetupError } from '../../host/setup-error.ts';

/**
 * The host, whose commands are noted from now on.
 * @param asked the first line: what was typed, and by whom
 * @throws SetupError `usage` where the file of --log cannot be written
 */
export function beginLog(
  host: Host,
  asked: string,
  path: string | undefined,
): { readonly host: Host; readonly log: RunLog } {
  const log = createLog();
  log.add(asked);
  if (path !== undefined) {
    const file = resolve(path);
    const machine = openRealHost();
    try {
      machine.append(file, Buffer.alloc(0));
    } catch (error) {
      throw new SetupError({
        code: 'usage',
        message: `--log: ${(error as Error).message}`,
        exitCode: EXIT.usage,
        cause: error,
      });
    }
    log.keep(machine, file);
  }
  return { host: recordCommands(host, log), log };
}

/**
 * Notes why a run stopped. Where one stopped before it changed anything the log is kept all the same: what the host's
 * commands said may tell why.
 * @returns where the log is, if it is kept
 */
export function logFailure(
  { host, log }: { readonly host: Host; readonly log: RunLog },
  thrown: unknown,
  changing: boolean,
): string | undefined {
  const failed = !(thrown instanceof SetupError) || thrown.exitCode === EXIT.failed;
  log.add(`stopped: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  if (!(thrown instanceof SetupError) && thrown instanceof Error) log.quote(thrown.stack ?? '');
  if (changing && failed && host.root === undefined && host.writable) {
    log.keep(host, logPath(host, ''));
  }
  log.flush();
  return log.path;
}
