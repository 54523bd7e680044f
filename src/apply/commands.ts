/** Runs the commands of a change: with patience, within their time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { redactValues } from '../edit/unified-diff.ts';
import type { Host, RunResult } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';
import type { Change, Command } from '../change/change.ts';
import { SECRETS } from '../plan/settings.ts';
import type { ApplyListener } from './events.ts';
import type { RunLog } from './log.ts';

/** Seconds, where a command says nothing of its own. */
const TIMEOUT = 600;
/** Lines of output that a failure shows. */
const SHOWN = 20;

export interface Executor {
  readonly host: Host;
  readonly tell: ApplyListener;
  readonly log: RunLog;
  /** Ends the waiting between attempts; a command that runs is left to end. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one command until it succeeds or its patience is over; one whose `onlyIf` fails has nothing to do, which counts
 * as success. Never throws on exit codes. @throws SetupError of `Host.holderOf`
 */
export async function runCommand(
  { host, tell, log, signal }: Executor,
  change: Change,
  command: Command,
): Promise<RunResult> {
  if (command.onlyIf !== undefined) {
    const { exitCode } = await host.run(command.onlyIf, { timeout: TIMEOUT * 1000 });
    if (exitCode !== 0) {
      const left = `# not run, for ${showArguments(command.onlyIf)} failed: ${showArguments(command.argv)}`;
      log.add(left);
      return { argv: command.argv, exitCode: 0, stdout: left, stderr: '' };
    }
  }
  const as = command.asHolderOf === undefined ? undefined : host.holderOf(command.asHolderOf);
  const deadline = Date.now() + (command.patience ?? 0) * 1000;
  for (let attempt = 1; ; attempt++) {
    const result = await host.run(command.argv, {
      timeout: (command.timeout ?? TIMEOUT) * 1000,
      ...(command.environment && { environment: command.environment }),
      ...(as && { as }),
      onOutput: (text) => tell({ kind: 'output', change, text }),
    });
    if (result.exitCode === 124 && command.again && attempt === 1 && !signal?.aborted) continue;
    const left = deadline - Date.now();
    if (result.exitCode === 0 || left <= 0 || signal?.aborted) return result;
    await sleep(Math.min(1000, left), undefined, signal && { signal }).catch(() => undefined);
  }
}

/** As one would type it into a shell; for people, never for a shell of ours. */
export function showArguments(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

/** What to tell of a command that failed: its exit code and the end of its output. */
export function commandFailed(change: Change, result: RunResult, log: RunLog): SetupError {
  const said = redactValues(outputLines(result).slice(-SHOWN).join('\n'), SECRETS).split('\n');
  const how = result.exitCode === 124 ? 'took too long' : `ended with exit code ${result.exitCode}`;
  return new SetupError({
    code: 'change-failed',
    message: [`${change.title}: ${showArguments(result.argv)} ${how}`, ...said]
      .join('\n  ')
      .trimEnd(),
    hint: packageHint(said.join('\n')) ?? `The whole output is in ${log.path ?? 'the log'}`,
  });
}

function outputLines({ stdout, stderr }: RunResult): readonly string[] {
  return `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
}

/** Ways in which package managers say that somebody else is at work, or that they were interrupted. */
const PACKAGE_HINTS: readonly (readonly [said: RegExp, hint: string])[] = [
  [
    /could not get lock|unable to (acquire|lock)|dpkg frontend lock|waiting for cache lock/i,
    'Another package manager is at work (unattended-upgrades?). Wait until it has ended, then run again.',
  ],
  [
    /another app is currently holding the yum lock|waiting for process with pid|existing lock .*yum/i,
    'Another yum or dnf is at work. Wait until it has ended, then run again.',
  ],
  [
    /cannot get an? (advisory|exclusive) lock on (a )?database|database is locked/i,
    'Another pkg is at work. Wait until it has ended, then run again.',
  ],
  [
    /dpkg was interrupted/i,
    'The package system was broken before: repair it with dpkg --configure -a, then run again.',
  ],
  [
    /cannot (find a valid baseurl|retrieve (repository )?metalink|retrieve repository metadata)/i,
    'CentOS 6 and EPEL 6 are kept in archives: in /etc/yum.repos.d comment out mirrorlist= and set baseurl= to vault.centos.org (CentOS) and archives.fedoraproject.org/pub/archive/epel/6 (EPEL), then run again.',
  ],
  [
    /temporary failure resolving|could not resolve|no address record|network is unreachable/i,
    'The package servers cannot be reached: look at the network and at DNS, then run again.',
  ],
];

function packageHint(said: string): string | undefined {
  return PACKAGE_HINTS.find(([pattern]) => pattern.test(said))?.[1];
}
