/** The milter manager as one process runs it: accepts sessions, reloads, drains. */
import type { Server, Socket } from 'node:net';
import type { Locate } from '../child/child-socket.ts';
import type { Configuration } from '../../manager-config/config.ts';
import { Journalist } from '../report/journalist.ts';
import { listen, type ListenOptions } from './listener.ts';
import { Log, type LogTargets } from '../report/log.ts';
import { Metrics } from '../report/metrics.ts';
import { tellAll } from '../report/observers.ts';
import { RecentMails } from '../report/recent-mails.ts';
import type { Observer } from '../report/report.ts';
import { makeRuntime, type Runtime } from '../child/runtime.ts';
import { Session, type SessionHost } from '../session/session.ts';
import { StatusBoard } from '../report/status-board.ts';
import { Tally } from '../report/tally.ts';

export interface ManagerOptions {
  readonly configuration: Configuration;
  /** Where a UNIX socket's path is on this machine; as it is where not given. */
  readonly locate?: Locate;
  /** Group number of the UNIX socket. */
  readonly socketGroup?: number;
  /** Lines go here too; to nowhere else unless the configuration or `targets` say so. */
  readonly targets?: LogTargets;
}

export class Manager implements SessionHost {
  readonly log = new Log();
  readonly observer: Observer;
  readonly metrics: Metrics;
  readonly status: StatusBoard;
  readonly tally: Tally;
  private readonly recent: RecentMails | undefined;
  private readonly journalist: Journalist;
  private readonly sessions = new Set<Session>();
  /** Those among them that are told to come again, oldest first. */
  private readonly putOff = new Set<Session>();
  private runtime: Runtime;
  private server: Server | undefined;
  private full = false;
  private drained: (() => void) | undefined;

  /** @param lastSession sessions are numbered from the next on */
  constructor(
    configuration: Configuration,
    private readonly locate: Locate,
    private readonly targets: LogTargets,
    private lastSession = 0,
  ) {
    this.runtime = makeRuntime(configuration, locate);
    this.log.configure(configuration.log, targets);
    const openSessions = (): number => this.openSessions;
    this.journalist = new Journalist(this.log, openSessions, configuration.log);
    this.metrics = new Metrics(
      () => this.runtime.milters,
      openSessions,
      () => this.runtime.maxSessions,
    );
    this.status = new StatusBoard(() => this.runtime.milters, openSessions);
    this.tally = new Tally(openSessions);
    this.recent = recentMails(configuration, locate, (text) => this.log.write('warning', text));
    const kept = this.recent === undefined ? [] : [this.recent];
    this.observer = tellAll(this.journalist, this.metrics, this.status, this.tally, ...kept);
    this.warnOfConfiguration();
  }

  get openSessions(): number {
    return this.sessions.size;
  }

  get configuration(): Configuration {
    return this.runtime.configuration;
  }

  /** Where it listens, as Node tells it: useful where the port was 0. */
  get address(): ReturnType<Server['address']> {
    return this.server?.address() ?? null;
  }

  /** Takes over a server that listens. */
  serve(server: Server): void {
    this.server = server;
    server.on('error', (error) => this.observer.warn(undefined, `accepting: ${error.message}`));
  }

  /** A new connection from the MTA. */
  readonly accept = (socket: Socket): void => {
    const serving = this.sessions.size - this.putOff.size;
    const refused = serving >= this.runtime.maxSessions;
    if (refused && !this.full)
      this.observer.warn(undefined, `${serving} sessions are open, further ones are put off`);
    this.full = refused;
    this.lastSession += 1;
    if (refused && this.putOff.size >= this.runtime.maxPutOff) this.forgetOnePutOff();
    const session = new Session(this.lastSession, socket, this.runtime, this, refused);
    this.sessions.add(session);
    if (refused) this.putOff.add(session);
    this.tally.sessionBegan();
  };

  /** One that has been told to come again has nothing more to hear; one that has not is ended only where it must be. */
  private forgetOnePutOff(): void {
    const all = [...this.putOff];
    const told = all.find(({ isPutOff }) => isPutOff);
    if (told) told.close();
    else if (all.length >= 2 * this.runtime.maxPutOff) all[0]!.close();
  }

  sessionEnded(session: Session): void {
    this.sessions.delete(session);
    this.putOff.delete(session);
    this.observer.sessionEnded(session.id);
    if (this.sessions.size === 0) this.drained?.();
  }

  /** New sessions run under this configuration; open ones finish on what they began with. */
  reload(configuration: Configuration): void {
    const kept = changedAtStartOnly(this.configuration, configuration);
    this.closeIdleChildren();
    this.runtime = makeRuntime(configuration, this.locate);
    this.log.configure(configuration.log, this.targets);
    this.journalist.configure(configuration.log);
    this.status.configure();
    this.metrics.configure();
    this.warnOfConfiguration();
    if (kept.length > 0)
      this.observer.warn(
        undefined,
        `changed, but takes effect at a restart only: ${kept.join(', ')}`,
      );
    const enabled = this.runtime.milters.map(({ settings }) => settings.name).join(', ');
    this.log.write('info', `reloaded; milters: ${enabled === '' ? 'none' : enabled}`);
  }

  private warnOfConfiguration(): void {
    for (const warning of this.configuration.warnings) this.observer.warn(undefined, warning);
  }

  /**
   * Stops accepting at once and lets the mails in progress finish, up to the drain timeout. Sessions between mails get
   * the idle timeout only: while we drain, the MTA reaches nobody, and one idle client must not keep it so.
   */
  async stop(patience = this.configuration.manager.drain_timeout * 1000): Promise<void> {
    this.server?.close();
    if (this.sessions.size > 0) {
      const end = performance.now() + this.configuration.manager.drain_idle_timeout * 1000;
      const idle = setInterval(() => {
        if (performance.now() >= end) this.closeBetweenMails();
      }, 100);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        this.drained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      clearInterval(idle);
    }
    for (const session of this.sessions) session.close();
    this.closeIdleChildren();
    this.recent?.close();
    await this.log.close();
  }

  private closeIdleChildren(): void {
    for (const { idle } of this.runtime.milters) idle.close();
  }

  private closeBetweenMails(): void {
    for (const session of this.sessions) if (session.isBetweenMails) session.close();
  }
}

function recentMails(
  { manager: { history } }: Configuration,
  locate: Locate,
  warn: (text: string) => void,
): RecentMails | undefined {
  return history === undefined ? undefined : new RecentMails(locate(history), warn);
}

/** What a reload cannot change: the socket is bound, the workers run, the rights are dropped. */
const AT_START_ONLY = [
  'connection_spec',
  'unix_socket_mode',
  'unix_socket_group',
  'n_workers',
  'daemon',
  'pid_file',
  'metrics',
  'history',
] as const;

function changedAtStartOnly(old: Configuration, fresh: Configuration): readonly string[] {
  const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  return [
    ...AT_START_ONLY.filter((key) => differ(old.manager[key], fresh.manager[key])),
    ...(differ(old.security, fresh.security) ? ['security'] : []),
  ];
}

/** Starts a manager in this process. @throws ListenError */
export async function startManager(options: ManagerOptions): Promise<Manager> {
  const { configuration, locate = (path: string) => path } = options;
  const targets = options.targets ?? { stdout: false, locate };
  const manager = new Manager(configuration, locate, targets);
  manager.serve(
    await listen(listenOptions(configuration, locate, options.socketGroup), manager.accept),
  );
  return manager;
}

/** How the configuration wants the MTA's socket. @param group number of its group */
export function listenOptions(
  { manager }: Configuration,
  locate: Locate,
  group: number | undefined,
): ListenOptions {
  return {
    spec: manager.connection_spec,
    locate,
    mode: manager.unix_socket_mode,
    group,
    removeStale: manager.remove_unix_socket_on_create,
  };
}
