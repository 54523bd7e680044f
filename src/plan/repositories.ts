/** Which packages the host's own repositories have: asked of its package manager, from what it has downloaded already. */
import type { Host } from '../host/host.ts';
import type { PlatformName } from '../platforms/platforms.ts';
import { gatherFacts, type HostFacts, type MilterFacts } from './facts.ts';

/** In every repository that we install from: an answer without it says nothing. */
const KNOWN = 'postfix';

/**
 * The facts, in which a milter whose packages are not to be had is unavailable. Where nothing runs, and where the
 * package manager has no list yet, all are assumed to be there: the installation then says what is missing, and after
 * it there is a list.
 * @throws SetupError as `gatherFacts`
 */
export async function offeredFacts(host: Host, platformName?: PlatformName): Promise<HostFacts> {
  const facts = await gatherFacts(host, platformName);
  const { platform } = facts;
  const missing = new Map(facts.milters.map((each) => [each, missingPackages(host, each)]));
  const asked = [...new Set([...missing.values()].flat())];
  if (!host.runs || !platform.searchPackages || asked.length === 0) return facts;
  const { argv, timeout = 30 } = platform.searchPackages([KNOWN, ...asked]);
  const { stdout } = await host.run(argv, { timeout: timeout * 1000 });
  const found = new Set(stdout.split(/\s+/));
  if (!found.has(KNOWN)) return facts;
  const milters = facts.milters.map((each): MilterFacts => {
    const lacking = missing.get(each)!.filter((name) => !found.has(name));
    if (lacking.length === 0) return each;
    const unavailable = `no package repository of this host has ${lacking.join(', ')}`;
    return { ...each, setup: undefined, unavailable };
  });
  return { ...facts, milters };
}

/** What is to be installed for it; nothing where it is there in another way, or its repository is to be added first. */
function missingPackages(host: Host, { setup, detected }: MilterFacts): readonly string[] {
  if (detected !== undefined) return [];
  const missing = (setup?.packages ?? []).filter(({ marker }) => host.stat(marker) === undefined);
  return missing.some(({ repository }) => repository) ? [] : missing.map(({ name }) => name);
}
