/** `milter-setup doctor`: the known causes of trouble, each with what was seen and what repairs it. */
import { CHECKS } from '../doctor/checks.ts';
import { EXIT, SetupError } from '../host/setup-error.ts';
import { gatherFacts } from '../plan/facts.ts';
import { findingsJson, showFindings, typedAs } from '../ui/show-findings.ts';
import type { CommandContext } from './command.ts';
import { findingsOf } from './doctor/findings-of.ts';
import { repair, repairable } from './doctor/fix.ts';

export async function run(context: CommandContext): Promise<number> {
  const { host, options, ui, program, verbOptions } = context;
  const facts = await gatherFacts(host, options.platform);
  const findings = typedAs(await findingsOf(context, facts), program);
  const { fix } = verbOptions;
  if (fix !== undefined) {
    const wanted = repairable(findings).filter(({ id }) => fix === true || id === fix);
    if (fix !== true && !CHECKS.some(({ id }) => id === fix)) throw unknownCheck(fix);
    return await repair(context, facts, wanted, async () =>
      findingsOf(context, await gatherFacts(host, options.platform)),
    );
  }
  const problems = findings.filter(({ grade }) => grade === 'error' || grade === 'warning');
  const brief = problems.length === 0 ? '' : showFindings(problems, ui.style);
  ui.print(showFindings(findings, ui.style), brief);
  ui.result(findingsJson(findings));
  return findings.some(({ grade }) => grade === 'error') ? EXIT.pending : EXIT.ok;
}

function unknownCheck(id: string): SetupError {
  return new SetupError({
    code: 'usage',
    message: `doctor has no check "${id}"`,
    hint: `known checks: ${CHECKS.map((check) => check.id).join(', ')}`,
    exitCode: EXIT.usage,
  });
}
