/** What workers had counted that have died: a sum that went back would look like a leap forward to Prometheus. */
import { AggregatorRegistry } from 'prom-client';
import type { MetricValues } from './metrics.ts';
import { addUp, type ProcessStatus } from './status-board.ts';

interface Counted {
  metrics?: MetricValues;
  status?: ProcessStatus;
}

export class EndedWorkers {
  /** What each living worker told last. */
  private readonly told = new Map<number, Counted>();
  private sums: Counted = {};

  /** @param worker its id, never used twice */
  note(worker: number, counted: Counted): void {
    this.told.set(worker, { ...this.told.get(worker), ...counted });
  }

  /** It has died: what it told last stays in the sums. */
  async ended(worker: number): Promise<void> {
    const { metrics, status } = this.told.get(worker) ?? {};
    this.told.delete(worker);
    if (status) this.sums.status = addUp([...this.status(), atRest(status)]);
    if (metrics) this.sums.metrics = await add([...this.metrics(), lasting(metrics)]);
  }

  metrics(): readonly MetricValues[] {
    return this.sums.metrics === undefined ? [] : [this.sums.metrics];
  }

  status(): readonly ProcessStatus[] {
    return this.sums.status === undefined ? [] : [this.sums.status];
  }
}

/** How things stand died with it: only what was counted lasts. */
function lasting(metrics: MetricValues): MetricValues {
  const typed = metrics as unknown as readonly { readonly type: string }[];
  return typed.filter(({ type }) => type !== 'gauge') as unknown as MetricValues;
}

function atRest(status: ProcessStatus): ProcessStatus {
  const milters = status.milters.map((child) => ({ ...child, leftAlone: false }));
  return { ...status, openSessions: 0, milters };
}

async function add(all: readonly MetricValues[]): Promise<MetricValues> {
  const values = all as unknown as Parameters<typeof AggregatorRegistry.aggregate>[0];
  return await AggregatorRegistry.aggregate(values).getMetricsAsJSON();
}
