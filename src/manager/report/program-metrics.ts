/** What is counted once for the whole program, however many workers it has. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { MetricValues } from './metrics.ts';

export class ProgramMetrics {
  private readonly registry = new Registry();
  private readonly reloads = new Counter({
    name: 'milter_manager_config_reloads_total',
    help: 'Reloads of the configuration',
    labelNames: ['result'],
    registers: [this.registry],
  });

  constructor(version: string) {
    for (const result of ['success', 'failure']) this.reloads.inc({ result }, 0);
    new Gauge({
      name: 'milter_manager_build_info',
      help: 'The version that runs',
      labelNames: ['version'],
      registers: [this.registry],
    }).set({ version }, 1);
  }

  reloaded(result: 'success' | 'failure'): void {
    this.reloads.inc({ result });
  }

  values(): Promise<MetricValues> {
    return this.registry.getMetricsAsJSON();
  }
}
