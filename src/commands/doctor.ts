/** `milter-setup doctor`: the known causes of trouble, each with what was seen and the command that repairs it. */
import { CHECKS } from '../doctor/checks.ts';
import { examine } from '../doctor/examine.ts';
import { gatherDoctorFacts } from '../doctor/facts.ts';
import { EXIT } from '../host/setup-error.ts';
import { gatherFacts } from '../plan/facts.ts';
import { findingsJson, showFindings } from '../ui/show-findings.ts';
import type { CommandContext } from './command.ts';
import { readOurRuns } from './our-runs.ts';

export async function run(context: CommandContext): Promise<number> {
  const { host, options, ui } = context;
  const facts = await gatherFacts(host, options.platform);
  const ours = await readOurRuns(context, facts);
  const findings = await examine(host, await gatherDoctorFacts(host, facts, ours), CHECKS);
  ui.print(showFindings(findings, ui.style));
  ui.result(findingsJson(findings));
  return findings.some(({ grade }) => grade === 'error') ? EXIT.pending : EXIT.ok;
}
