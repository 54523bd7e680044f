/** `milter-setup metrics`: the manager's metrics for Prometheus, and what goes with them. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { gatherFacts } from '../plan/facts.ts';
import { openTemplates } from '../plan/package-files.ts';
import type { CommandContext } from './command.ts';
import { askManager } from './status/manager-tells.ts';

/** What is printed as it is, by option. */
const FILES: Readonly<Record<string, string>> = {
  alerts: 'monitoring/alerts.yml',
  grafana: 'monitoring/grafana.json',
};

export async function run({ host, options, verbOptions, ui }: CommandContext): Promise<number> {
  const wanted = Object.keys(FILES).filter((name) => name in verbOptions);
  for (const name of wanted) {
    const text = openTemplates(options.templates).read(FILES[name]!);
    ui.print(text, text);
  }
  if (wanted.length > 0) return EXIT.ok;
  const told = await askManager(host, await gatherFacts(host, options.platform), '/metrics');
  if ('reason' in told) {
    throw new SetupError({
      code: 'no-metrics',
      message: `the milter manager gives no metrics: ${told.reason}`,
      hint: 'milter-setup status shows whether it runs.',
    });
  }
  ui.print(told.text, told.text);
  return EXIT.ok;
}
