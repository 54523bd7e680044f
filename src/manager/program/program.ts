/** What `milter-manager` does with its command line: show, check, or serve until it is told to stop. */
import { locate as locateBelow } from '../../host/reader.ts';
import { SetupError } from '../../host/setup-error.ts';
import cluster from 'node:cluster';
import type { Locate } from '../child/child-socket.ts';
import type { CommandLine } from './command-line.ts';
import {
  ConfigurationError,
  type Configuration,
  type ManagerSettings,
} from '../../manager-config/config.ts';
import { fromTheStart, isInBackground, startInBackground, tellStarter } from './daemonize.ts';
import { GoneMilters } from './gone-milters.ts';
import { isKept, keep } from './keeper.ts';
import { removePid, writePid } from './pid-file.ts';
import { listen, ListenError, MtaServer } from './listener.ts';
import { configurationLoader, type LoadConfiguration } from '../../manager-config/load.ts';
import type { Memory } from '../../manager-config/remembering-reader.ts';
import { remarksOn } from '../../manager-config/remarks.ts';
import { Log } from '../report/log.ts';
import { loadAside } from './load-aside.ts';
import { listenOptions, startManager } from './manager.ts';
import { ProgramMetrics } from '../report/program-metrics.ts';
import { serveMetrics, type MetricsServer, type Sources } from '../report/metrics-server.ts';
import { HistoryKeeper } from '../report/history-keeper.ts';
import { traceOf } from '../report/printable.ts';
import { addTallies, type Tallied } from '../report/tally.ts';
import { dropPrivileges, findGroup, identityOf, PrivilegeError } from './privileges.ts';
import { configurationAsJson, showConfiguration } from './show-config.ts';
import { Supervisor, WorkerError } from './supervisor.ts';
import { notifySystemd } from './systemd.ts';
import { tellSupervisor, work } from './worker.ts';

/** Runs the program; gives the exit code when it is to end. */
export async function run(given: CommandLine, version: string): Promise<number> {
  const options = isInBackground() ? withWholePaths(given) : given;
  try {
    if (cluster.isWorker) return await work(options);
    const memory: Memory = new Map();
    const load = configurationLoader(options, memory);
    const configuration = load();
    if (options.showConfig ?? options.check) return await show(options, configuration);
    if (configuration.manager.daemon && !isInBackground()) return await startInBackground();
    if (isInBackground() && !isKept()) return await serveAgainAndAgain(options, configuration);
    const gone = (service: Service): GoneMilters =>
      new GoneMilters(() => loadAside(options, memory), service);
    return await serve(options, configuration, { load, gone }, version);
  } catch (error) {
    if (!isExpected(error)) throw error;
    if (cluster.isWorker) {
      await tellSupervisor(error.message);
      return 1;
    }
    const failure = `${prefixed(error.message)}\n`;
    process.stderr.write(failure);
    tellStarter({ failure });
    return 1;
  }
}

/** In the background we are elsewhere. */
function withWholePaths(options: CommandLine): CommandLine {
  const { root, configDir, pidFile } = options;
  if (root !== undefined) return { ...options, root: fromTheStart(root) };
  return {
    ...options,
    ...(configDir !== undefined && { configDir: fromTheStart(configDir) }),
    ...(pidFile !== undefined && { pidFile: fromTheStart(pidFile) }),
  };
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof ConfigurationError ||
    error instanceof ListenError ||
    error instanceof PrivilegeError ||
    error instanceof WorkerError ||
    error instanceof SetupError ||
    (error instanceof Error && 'syscall' in error)
  );
}

function prefixed(message: string): string {
  return message.replace(/^/gm, 'milter-manager: ');
}

async function show(options: CommandLine, configuration: Configuration): Promise<number> {
  dropPrivileges(identityOf(configuration, options.root));
  for (const warning of configuration.warnings)
    process.stderr.write(`${prefixed(`warning: ${warning}`)}\n`);
  if (options.check) {
    for (const remark of remarksOn(configuration))
      process.stderr.write(`${prefixed(`note: ${remark}`)}\n`);
  }
  if (options.showConfig) {
    const text =
      options.format === 'json'
        ? `${JSON.stringify(configurationAsJson(configuration), undefined, 2)}\n`
        : showConfiguration(configuration);
    return await print(text);
  }
  return 0;
}

/** Waits until a pipe has taken all of it: the program ends at once then. @returns the exit code */
function print(text: string): Promise<number> {
  return new Promise((resolve) => {
    process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      // Who reads no further has read enough.
      if (code === 'EPIPE') resolve(0);
      else {
        process.stderr.write(`milter-manager: ${message}\n`);
        resolve(1);
      }
    });
    process.stdout.write(text, (error) => {
      if (!error) resolve(0);
    });
  });
}

/** One process, or a supervisor and its workers: both are told to stop, to reload and to reopen the log. */
interface Service extends Sources {
  reload(configuration: Configuration): void;
  reopenLog(): void;
  /** What was counted since the last time. */
  tally(): Promise<readonly Tallied[]>;
  /** What the log is told. */
  say(level: 'info' | 'warning' | 'error', text: string): void;
  stop(): Promise<void>;
}

/** How the host is looked at while the manager runs. */
interface Looking {
  readonly load: LoadConfiguration;
  readonly gone: (service: Service) => GoneMilters;
}

async function serve(
  options: CommandLine,
  configuration: Configuration,
  { load, gone: watchForGone }: Looking,
  version: string,
): Promise<number> {
  const { manager: settings } = configuration;
  // Before anything is visible from outside: whoever sees the socket may send a signal.
  const stopped = stopSignal();
  const own = new ProgramMetrics(version);
  const signals = listenToSignals(load, own);
  const place: Place = {
    locate: (path) => locateBelow(options.root, path, true),
    stdout: !isInBackground(),
    group: socketGroup(settings, options.root),
  };
  const service =
    settings.n_workers > 0
      ? await startWorkers(configuration, place)
      : await startSingle(configuration, place);
  // Of one that is kept, its keeper's number is there.
  const named = isKept() ? undefined : settings.pid_file;
  const pidFile = named === undefined ? undefined : place.locate(named);
  try {
    // As root where we are: what root's scripts read lies where nobody else writes.
    if (pidFile !== undefined) writePid(pidFile);
    dropPrivileges(identityOf(configuration, options.root));
  } catch (error) {
    if (pidFile !== undefined) removePid(pidFile);
    await service.stop();
    throw error;
  }
  const metrics = await startMetrics(configuration, place, service, own, version);
  const history = keepHistory(configuration, place, service);
  const gone = watchForGone(service);
  signals.service = {
    ...service,
    reload: (fresh) => {
      gone.reloaded();
      service.reload(fresh);
    },
  };
  // A fault of ours must not end the sessions that it does not concern.
  process.on('uncaughtException', (error) =>
    service.say('error', `internal error: ${traceOf(error)}`),
  );
  service.say('info', `milter-manager serves; ${describeMilters(configuration)}`);
  tellStarter({ serving: true });
  notifySystemd('--ready');
  await stopped;
  notifySystemd('STOPPING=1');
  service.say('info', 'stopping');
  gone.close();
  metrics?.close();
  // Once while the log still takes what is wrong with it, and once more for the mails that end until then.
  await history?.write();
  await service.stop();
  await history?.close();
  if (pidFile !== undefined) removePid(pidFile);
  return 0;
}

/** In the background: the manager is kept alive, and whoever has the number of its keeper may signal that. */
async function serveAgainAndAgain(
  options: CommandLine,
  { manager: { pid_file: path } }: Configuration,
): Promise<number> {
  const pidFile = path === undefined ? undefined : locateBelow(options.root, path, true);
  if (pidFile !== undefined) writePid(pidFile);
  const code = await keep(tellStarter);
  if (pidFile !== undefined) removePid(pidFile);
  return code;
}

function withOwn(service: Service, own: ProgramMetrics): Sources {
  return {
    metrics: async () => [...(await service.metrics()), await own.values()],
    status: () => service.status(),
  };
}

/** Mail is filtered without it, too: what is wrong with its socket is said, and no more. */
async function startMetrics(
  { manager: { metrics: spec } }: Configuration,
  { locate }: Place,
  service: Service,
  own: ProgramMetrics,
  version: string,
): Promise<MetricsServer | undefined> {
  if (spec === undefined) return undefined;
  try {
    return await serveMetrics(spec, locate, withOwn(service, own), version);
  } catch (error) {
    service.say('warning', `no metrics, no status: ${(error as Error).message}`);
    return undefined;
  }
}

function keepHistory(
  { manager: { history } }: Configuration,
  { locate }: Place,
  service: Service,
): HistoryKeeper | undefined {
  if (history === undefined) return undefined;
  const take = async (): Promise<Tallied> => addTallies(await service.tally());
  return new HistoryKeeper(locate(history), take, (text) => service.say('warning', text));
}

interface Place {
  readonly locate: Locate;
  readonly stdout: boolean;
  readonly group: number | undefined;
}

async function startSingle(configuration: Configuration, place: Place): Promise<Service> {
  const manager = await startManager({
    configuration,
    locate: place.locate,
    targets: place,
    ...(place.group === undefined ? {} : { socketGroup: place.group }),
  });
  return {
    reload: (fresh) => manager.reload(fresh),
    reopenLog: () => manager.log.reopen(),
    say: (level, text) => manager.log.write(level, text),
    metrics: async () => [await manager.metrics.values()],
    status: () => Promise.resolve([manager.status.values()]),
    tally: () => Promise.resolve([manager.tally.take()]),
    stop: () => manager.stop(),
  };
}

async function startWorkers(configuration: Configuration, place: Place): Promise<Service> {
  const log = new Log();
  log.configure(configuration.log, place);
  const supervisor = new Supervisor(configuration, (text) => log.write('warning', text));
  const socket = listenOptions(configuration, place.locate, place.group);
  const server = await listen(socket, supervisor.accept, new MtaServer({ pauseOnConnect: true }));
  server.on('error', (error) => log.write('warning', `accepting: ${error.message}`));
  if (configuration.manager.metrics !== undefined) supervisor.watch();
  try {
    await supervisor.start(configuration.manager.n_workers);
  } catch (error) {
    server.close();
    throw error;
  }
  return {
    reload: (fresh) => {
      log.configure(fresh.log, place);
      supervisor.reload(fresh);
    },
    reopenLog: () => {
      log.reopen();
      supervisor.reopenLog();
    },
    say: (level, text) => log.write(level, text),
    metrics: () => supervisor.metrics(),
    status: () => supervisor.status(),
    tally: () => supervisor.tally(),
    stop: () => {
      server.close();
      return supervisor.stop();
    },
  };
}

/**
 * Signals change nothing by themselves: a configuration that is wrong leaves everything as it is. Until there is a
 * service to tell, they have nothing to do: the configuration was read a moment ago.
 */
function listenToSignals(
  load: LoadConfiguration,
  metrics: ProgramMetrics,
): { service: Service | undefined } {
  const told: { service: Service | undefined } = { service: undefined };
  process.on('SIGUSR1', () => told.service?.reopenLog());
  process.on('SIGHUP', () => {
    try {
      told.service?.reload(load());
      metrics.reloaded('success');
    } catch (error) {
      if (!isExpected(error)) throw error;
      metrics.reloaded('failure');
      told.service?.say('error', `not reloaded, the old configuration stays: ${error.message}`);
    }
  });
  return told;
}

/** Whoever says it twice gets no other end: the mails in progress are waited for. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.on('SIGTERM', () => resolve());
    process.on('SIGINT', () => resolve());
  });
}

/** The groups of a tree (`--root`) are not this machine's. */
function socketGroup(
  { unix_socket_group: name }: ManagerSettings,
  root: string | undefined,
): number | undefined {
  return name === undefined || root !== undefined ? undefined : findGroup(name);
}

function describeMilters({ milters }: Configuration): string {
  const enabled = milters.filter((milter) => milter.enabled).map(({ name }) => name);
  return enabled.length === 0 ? 'no milter is enabled' : `milters: ${enabled.join(', ')}`;
}
