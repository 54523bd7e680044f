/** What `milter-manager` does with its command line: show, check, or serve until it is told to stop. */
import { rmSync, writeFileSync } from 'node:fs';
import { locate as locateBelow } from '../host/reader.ts';
import type { CommandLine } from './command-line.ts';
import { ConfigurationError, type Configuration } from './config.ts';
import { isInBackground, startInBackground, tellStarter } from './daemonize.ts';
import { ListenError } from './listener.ts';
import { loadConfiguration } from './load-config.ts';
import { startManager, type Manager } from './manager.ts';
import { dropPrivileges, findGroup, type Identity, PrivilegeError } from './privileges.ts';
import { configurationAsJson, showConfiguration } from './show-config.ts';
import { notifySystemd } from './systemd.ts';

/** Runs the program; gives the exit code when it is to end. */
export async function run(options: CommandLine): Promise<number> {
  try {
    const configuration = loadConfiguration(options);
    if (options.showConfig ?? options.check) return show(options, configuration);
    if (configuration.manager.daemon && !isInBackground()) return await startInBackground();
    return await serve(options, configuration);
  } catch (error) {
    if (!isExpected(error)) throw error;
    process.stderr.write(`${prefixed(error.message)}\n`);
    return 1;
  }
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof ConfigurationError ||
    error instanceof ListenError ||
    error instanceof PrivilegeError ||
    (error instanceof Error && 'syscall' in error)
  );
}

function prefixed(message: string): string {
  return message.replace(/^/gm, 'milter-manager: ');
}

function show(options: CommandLine, configuration: Configuration): number {
  dropPrivileges(identityOf(options, configuration));
  if (options.showConfig) {
    const text =
      options.format === 'json'
        ? `${JSON.stringify(configurationAsJson(configuration), undefined, 2)}\n`
        : showConfiguration(configuration);
    process.stdout.write(text);
  }
  return 0;
}

async function serve(options: CommandLine, configuration: Configuration): Promise<number> {
  const { manager: settings } = configuration;
  const locate = (path: string): string => locateBelow(options.root, path, true);
  const group = options.root === undefined ? settings.unix_socket_group : undefined;
  const manager = await startManager({
    configuration,
    locate,
    targets: { stdout: !isInBackground(), locate },
    ...(group === undefined ? {} : { socketGroup: findGroup(group) }),
  });
  dropPrivileges(identityOf(options, configuration));
  const pidFile = settings.pid_file === undefined ? undefined : locate(settings.pid_file);
  if (pidFile !== undefined) writeFileSync(pidFile, `${process.pid}\n`);
  listenToSignals(manager, options);
  manager.log.write('info', `milter-manager serves; ${describeMilters(configuration)}`);
  tellStarter();
  notifySystemd('--ready');
  await stopSignal();
  notifySystemd('STOPPING=1');
  manager.log.write('info', `stopping; ${manager.openSessions} sessions open`);
  await manager.stop();
  if (pidFile !== undefined) rmSync(pidFile, { force: true });
  return 0;
}

function listenToSignals(manager: Manager, options: CommandLine): void {
  process.on('SIGUSR1', () => manager.log.reopen());
  process.on('SIGHUP', () => {
    try {
      manager.reload(loadConfiguration(options));
    } catch (error) {
      if (!isExpected(error)) throw error;
      manager.log.write('error', `not reloaded, the old configuration stays: ${error.message}`);
    }
  });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

/** The users and groups of a tree (`--root`) are not this machine's. */
function identityOf({ root }: CommandLine, { security }: Configuration): Identity {
  if (root !== undefined) return { user: undefined, group: undefined };
  return { user: security.effective_user, group: security.effective_group };
}

function describeMilters({ milters }: Configuration): string {
  const enabled = milters.filter((milter) => milter.enabled).map(({ name }) => name);
  return enabled.length === 0 ? 'no milter is enabled' : `milters: ${enabled.join(', ')}`;
}
