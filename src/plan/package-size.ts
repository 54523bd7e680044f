/** What the packages of a plan come to, with all that they need: asked of the package manager, from the lists it has. */
import type { Host } from '../host/host.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Plan } from '../change/change.ts';

/** Nobody waits for this longer. */
const PATIENCE = 10_000;

/** `41 packages with what they need, 29 MB to download`; undefined where it cannot be known. */
export async function packageSize(
  host: Host,
  { packageSizes }: Platform,
  plan: Plan,
): Promise<string | undefined> {
  const names = plan.changes.flatMap((change) =>
    change.kind === 'install-packages' ? change.packages : [],
  );
  if (names.length === 0 || packageSizes === undefined || !host.runs) return undefined;
  const { argv, environment = {} } = packageSizes.command(names);
  const { stdout, stderr } = await host.run(argv, { timeout: PATIENCE, environment });
  const found = packageSizes.read(`${stdout}\n${stderr}`);
  if (found === undefined) return undefined;
  const more = found.count > names.length ? `${found.count} with what they need, ` : '';
  return `${more}${found.download} to download`;
}
