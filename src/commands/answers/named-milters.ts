/** The milters that a verb's arguments name. */
import { EXIT, SetupError } from '../../host/setup-error.ts';
import { MILTERS, milterNamed } from '../../milters/milters.ts';
import type { HostFacts, MilterFacts } from '../../plan/facts.ts';
import { nearest } from '../../questions/nearest.ts';

/** @throws SetupError `unknown-milter`, `unavailable-milter` */
export function namedMilters(facts: HostFacts, names: readonly string[]): readonly MilterFacts[] {
  return names.map((name) => {
    const milter = milterNamed(name);
    const found = facts.milters.find((each) => each.milter === milter);
    if (!milter || !found) {
      const known = MILTERS.flatMap((each) => [each.short, each.name]);
      const meant = nearest(name, known);
      throw new SetupError({
        code: 'unknown-milter',
        message: `there is no milter "${name}"`,
        hint:
          meant === undefined ? `Known milters: ${known.join(', ')}.` : `Did you mean ${meant}?`,
        exitCode: EXIT.usage,
      });
    }
    if (found.unavailable !== undefined) {
      throw new SetupError({
        code: 'unavailable-milter',
        message: `${milter.name} cannot be set up on ${facts.release.title}: ${found.unavailable}`,
        exitCode: EXIT.usage,
      });
    }
    return found;
  });
}

/** As `namedMilters`, each of them installed. @throws SetupError also `not-installed` */
export function installedMilters(
  facts: HostFacts,
  names: readonly string[],
): readonly MilterFacts[] {
  const found = namedMilters(facts, names);
  const missing = found.find(({ installed, detected }) => !installed && !detected);
  if (missing) {
    throw new SetupError({
      code: 'not-installed',
      message: `${missing.milter.name} is not installed`,
      hint: `milter-setup add ${missing.milter.short}`,
      exitCode: EXIT.usage,
    });
  }
  return found;
}
