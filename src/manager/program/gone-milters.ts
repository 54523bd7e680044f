/**
 * Milters whose service went away while the manager runs: purged, and nobody reloaded us. Each mail would get the
 * fallback of a milter that never comes back. One that cannot be reached is looked for where detection looks; where it
 * is not to be found for a while, what a reload would do is done. One that comes back is taken up again.
 */
import { ConfigurationError, type Configuration } from '../../manager-config/config.ts';
import { SetupError } from '../../host/setup-error.ts';
import type { ProcessStatus } from '../report/status-board.ts';

/** Milliseconds between two looks. */
const INTERVAL = 10_000;
/** Milliseconds: an upgrade may take a service away for so long. */
const PATIENCE = 60_000;

/** What it needs of the service that runs. */
export interface Watched {
  status(): Promise<readonly ProcessStatus[]>;
  reload(configuration: Configuration): void;
  say(level: 'warning', text: string): void;
}

export class GoneMilters {
  /** Not to be found, and since when. */
  private readonly missing = new Map<string, number>();
  /** Not asked any more, because of us. */
  private readonly dropped = new Set<string>();
  private readonly timer: NodeJS.Timeout;
  private complaint: string | undefined;

  constructor(
    private readonly load: () => Promise<Configuration>,
    private readonly service: Watched,
    private readonly now: () => number = () => Date.now(),
  ) {
    let looking = false;
    const look = async (): Promise<void> => {
      if (looking) return;
      looking = true;
      try {
        await this.look();
      } finally {
        looking = false;
      }
    };
    this.timer = setInterval(() => void look(), INTERVAL);
    this.timer.unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Somebody has reloaded the manager: what holds now is what that found. */
  reloaded(): void {
    this.missing.clear();
    this.dropped.clear();
  }

  async look(): Promise<void> {
    const failing = unreachable(await this.service.status());
    for (const name of this.missing.keys()) if (!failing.has(name)) this.missing.delete(name);
    if (failing.size === 0 && this.dropped.size === 0) return;
    const fresh = await this.loaded();
    if (fresh === undefined) return;
    const found = new Set(fresh.milters.filter(({ enabled }) => enabled).map(({ name }) => name));
    const installed = new Set(fresh.milters.map(({ name }) => name));
    const gone = [...failing].filter((name) => !installed.has(name) && this.missesLong(name));
    const back = [...this.dropped].filter((name) => found.has(name));
    if (gone.length === 0 && back.length === 0) return;
    for (const name of gone) {
      this.missing.delete(name);
      this.dropped.add(name);
      this.service.say('warning', `${name} is not installed any more: it is not asked any longer`);
    }
    for (const name of back) {
      this.dropped.delete(name);
      this.service.say('warning', `${name} is installed again: it is asked`);
    }
    this.service.reload(fresh);
  }

  private missesLong(name: string): boolean {
    const since = this.missing.get(name);
    if (since === undefined) this.missing.set(name, this.now());
    return since !== undefined && this.now() - since >= PATIENCE;
  }

  /** What a reload would read; where it cannot be read, that is said once. */
  private async loaded(): Promise<Configuration | undefined> {
    try {
      return await this.load();
    } catch (error) {
      if (!(error instanceof ConfigurationError || error instanceof SetupError)) throw error;
      if (error.message !== this.complaint)
        this.service.say('warning', `milters cannot be looked for: ${error.message}`);
      this.complaint = error.message;
      return undefined;
    }
  }
}

/** Those that could not be reached the last time that they were tried. */
function unreachable(processes: readonly ProcessStatus[]): ReadonlySet<string> {
  const failing = processes
    .flatMap(({ milters }) => milters)
    .filter(({ last, lastFailure }) => {
      if (lastFailure?.kind !== 'unreachable') return false;
      return last === null || last.fallback || last.at < lastFailure.at;
    });
  return new Set(failing.map(({ name }) => name));
}
