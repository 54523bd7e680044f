/** `milter-setup doctor`: the known causes of trouble, each with what was seen and the command that repairs it. */
import { CHECKS } from '../doctor/checks.ts';
import { examine } from '../doctor/examine.ts';
import { gatherDoctorFacts } from '../doctor/facts.ts';
import type { Connect } from '../doctor/reach.ts';
import type { Host } from '../host/host.ts';
import { EXIT } from '../host/setup-error.ts';
import { gatherFacts, type HostFacts } from '../plan/facts.ts';
import { findingsJson, showFindings, typedAs } from '../ui/show-findings.ts';
import type { CommandContext } from './command.ts';
import { readOurRuns } from './doctor/our-runs.ts';
import { reachable } from './status/reachable.ts';

export async function run(context: CommandContext): Promise<number> {
  const { host, options, ui, program } = context;
  const facts = await gatherFacts(host, options.platform);
  const ours = await readOurRuns(context, facts);
  const seen = await gatherDoctorFacts(host, facts, ours, connectTo(host, facts));
  const findings = typedAs(await examine(host, seen, CHECKS), program);
  const problems = findings.filter(({ grade }) => grade === 'error' || grade === 'warning');
  const brief = problems.length === 0 ? '' : showFindings(problems, ui.style);
  ui.print(showFindings(findings, ui.style), brief);
  ui.result(findingsJson(findings));
  return findings.some(({ grade }) => grade === 'error') ? EXIT.pending : EXIT.ok;
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
