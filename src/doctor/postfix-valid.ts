/** What Postfix itself says of its configuration. */
import type { Host } from '../host/host.ts';
import type { DoctorFacts } from './facts.ts';
import { advice, type Check, NOTHING_RUNS, type Problem } from './finding.ts';
import { unsetAll } from './repairs.ts';

/** Copies in the chroot that are refreshed at the next start: `postfix check` tells of each. */
const HARMLESS = /and \S+ differ$|symlink leaves directory/;

export const postfixValid: Check = {
  id: 'postfix-configuration',
  title: "Postfix's configuration is valid",
  beforeApply: true,
  applies: ({ knowsRunning, asRoot, postfixInstalled }) => {
    if (!postfixInstalled) return 'Postfix is not installed';
    return !knowsRunning ? NOTHING_RUNS : asRoot || 'postfix check needs root';
  },
  async look(host, facts) {
    return [
      ...(await complaints(host, facts, ['postfix', 'check'])),
      ...(await complaints(host, facts, ['postconf', '-n'])),
    ];
  },
};

async function complaints(
  host: Host,
  facts: DoctorFacts,
  argv: readonly string[],
): Promise<readonly Problem[]> {
  const { exitCode, stderr } = await host.run(argv, { timeout: 60_000 });
  if (exitCode === 127) return [];
  const lines = stderr.split('\n').filter((line) => /\b(?:warning|error|fatal|panic): /.test(line));
  const serious = lines.filter((line) => !HARMLESS.test(line));
  if (exitCode === 0 && serious.length === 0) return [];
  const bad = exitCode !== 0;
  const unused = serious.flatMap((line) => /unused parameter: ([^\s=]+)=/.exec(line)?.[1] ?? []);
  return [
    {
      grade: bad ? 'error' : 'warning',
      title: bad
        ? 'Postfix refuses its configuration: it does not start or reload with it'
        : 'Postfix warns of its configuration',
      evidence: (serious.length > 0 ? serious : stderr.trim().split('\n')).map(
        (line) => `${argv[0]!}: ${line.replace(/^\S+: (?=warning|error|fatal)/, '')}`,
      ),
      fix: [
        ...(unused.length > 0 ? [unsetAll(facts, unused)] : []),
        ...(unused.length === serious.length && !bad
          ? []
          : [advice('Mend the line that it names, then: postfix check')]),
      ],
    },
  ];
}
