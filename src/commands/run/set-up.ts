/** Whether a host was set up by us: what there is to switch, and what the wizard opens on. */
import { readWritten } from '../../apply/state.ts';
import { EXIT, SetupError } from '../../host/setup-error.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { isAt } from '../../postfix/notation.ts';
import { quoteArgv } from '../../ui/shell-words.ts';
import type { CommandContext } from '../command.ts';
import { readLastAnswers } from '../answers/last-answers.ts';
import { namedMilters } from '../answers/named-milters.ts';

/** Whether a run of ours (or somebody by hand) has put the manager behind Postfix, be it taken out again since. */
export function isSetUp({ host }: Pick<CommandContext, 'host'>, facts: HostFacts): boolean {
  const { platform, postfix, managerSpec } = facts;
  if (host.stat(platform.managerProgram) === undefined) return false;
  return (
    postfix.askers.some(({ elements }) =>
      elements.some((each) => isAt(each, managerSpec, postfix.queueDirectory)),
    ) || `${platform.postfixDirectory}/main.cf` in readWritten(host, platform.stateDirectory)
  );
}

/**
 * The enabled milters that are ours to set up: those of the last run. Where no run has told, all of them behind a manager,
 * and else those that Postfix asks by itself. Whoever was left alone is not among them.
 */
export function chosenBefore(
  context: Pick<CommandContext, 'host'>,
  facts: HostFacts,
): readonly string[] {
  const last = readLastAnswers(context.host, facts.platform)?.['milters']?.split(',');
  return facts.milters
    .filter(({ detected }) => detected?.enabled === true)
    .map(({ milter }) => milter.name)
    .filter((name) =>
      isSetUp(context, facts)
        ? (last?.includes(name) ?? true)
        : facts.asked.some((each) => each.name === name),
    );
}

/** Those of `chosenBefore` that are behind the manager already. */
export function setUpBefore(
  context: Pick<CommandContext, 'host'>,
  facts: HostFacts,
): readonly string[] {
  return isSetUp(context, facts) ? chosenBefore(context, facts) : [];
}

/**
 * For verbs that turn the named milters on or off and then reload the manager.
 * @throws SetupError `unknown-milter`, `unavailable-milter`; `not-set-up` where there is no manager that could be reloaded
 */
export function requireManager(context: CommandContext, facts: HostFacts): void {
  const { host, options, program, verb } = context;
  // Who mistyped a name is to know that first.
  namedMilters(facts, context.arguments);
  if (host.stat(facts.platform.managerProgram) !== undefined) return;
  const root = options.root === undefined ? [] : ['--root', options.root];
  throw new SetupError({
    code: 'not-set-up',
    message: `there is nothing to ${verb} yet: milter-setup has not set up this host`,
    hint: `First: ${quoteArgv([...program, ...root])}`,
    exitCode: EXIT.usage,
  });
}
