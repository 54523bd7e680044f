/** All checks of doctor, made on this host. */
import { CHECKS } from '../../doctor/checks.ts';
import { examine } from '../../doctor/examine.ts';
import { gatherDoctorFacts } from '../../doctor/facts.ts';
import type { Finding } from '../../doctor/finding.ts';
import type { Connect } from '../../doctor/reach.ts';
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';
import type { CommandContext } from '../command.ts';
import { reachable } from '../status/reachable.ts';
import { readOurRuns } from './our-runs.ts';

export async function findingsOf(
  context: CommandContext,
  facts: HostFacts,
): Promise<readonly Finding[]> {
  const { host } = context;
  const ours = await readOurRuns(context, facts);
  const seen = await gatherDoctorFacts(host, facts, ours, connectTo(host, facts));
  return await examine(host, seen, CHECKS);
}

function connectTo(host: Host, facts: HostFacts): Connect {
  return async (user, spec) => {
    const reach = await reachable(host, facts, user, spec);
    switch (reach.state) {
      case 'yes':
        return { outcome: 'answers', output: '' };
      case 'no':
        return { outcome: reach.how, output: reach.reason };
      case 'unknown':
        return undefined;
    }
  };
}
