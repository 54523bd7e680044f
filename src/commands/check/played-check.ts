/** Test mails played to each milter and to the manager: what each says, and whose answer the manager's was. */
import { anyExists } from '../../host/any-exists.ts';
import type { Host } from '../../host/host.ts';
import type { ActiveMilter } from '../../plan/active-milters.ts';
import type { Prove } from '../../change/change.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { isFailure, type Result } from '../../tester/result.ts';
import type { CheckLine } from '../../ui/show-check.ts';

/** A line, and how it came to be. */
export interface Played extends CheckLine {
  readonly title: string;
  readonly argv: readonly string[];
  /** What the test client printed. */
  readonly output: string;
  /** Of one that was left out: how to finish what is missing. */
  readonly finish?: string;
}

const PATIENCE = 120_000;
export const MANAGER = 'milter-manager';

export async function playProof(
  host: Host,
  facts: HostFacts,
  active: readonly ActiveMilter[],
  proof: Prove,
): Promise<Played> {
  const { title, requires, commands } = proof;
  const { who, mail } = proof.proves;
  const { argv } = commands[0]!;
  const said = { who, mail, title, argv };
  if (requires && !anyExists(host, requires.anyOf)) {
    const { otherwise: reason, finish } = requires;
    return { ...said, outcome: 'skipped', reason, finish, output: reason };
  }
  const { exitCode, ...answer } = await play(host, argv);
  const line: Played = { ...said, ...answer, outcome: exitCode === 0 ? 'pass' : 'fail' };
  if (who !== MANAGER || !isRefusal(answer.verdict)) return line;
  const decidedBy = await decider(host, facts, active, line);
  return { ...line, ...(decidedBy !== undefined && { decidedBy }) };
}

/** What makes a manager that lets everything pass no proof: nobody is left whom it could ask. */
export function unfiltered(
  lines: readonly Played[],
  active: readonly ActiveMilter[],
): string | undefined {
  if (active.length === 0) return 'No milter is enabled: the manager lets every mail pass.';
  const milters = lines.filter(({ who, outcome }) => who !== MANAGER && outcome !== 'skipped');
  const manager = lines.filter(({ who }) => who === MANAGER);
  const gone = milters.length > 0 && milters.every(({ verdict }) => verdict === undefined);
  const passes = manager.some(({ verdict }) => verdict === 'pass' || verdict === 'accept');
  return gone && passes
    ? 'The manager lets mail pass, and none of its milters can be asked: nothing is filtered.'
    : undefined;
}

type Answer = Pick<Played, 'verdict' | 'stage' | 'seconds' | 'reply' | 'reason' | 'output'>;

async function play(
  host: Host,
  argv: readonly string[],
): Promise<Answer & { readonly exitCode: number }> {
  const { exitCode, stdout, stderr } = await host.run([...argv, '--json'], { timeout: PATIENCE });
  const output = `${stdout}${stderr}`.trim();
  return { exitCode, output, ...readAnswer(stdout, output) };
}

/** The test client's report; one that it could not make, such as of wrong usage, is its output. */
function readAnswer(stdout: string, output: string): Omit<Answer, 'output'> {
  const result = resultIn(stdout);
  if (result === undefined) return { reason: output.split('\n')[0] ?? '' };
  const { status, stage, reply, problem, elapsedMilliseconds } = result;
  // No verdict of the milter's, but a failure to get one.
  if (isFailure(status)) return { reason: problem ?? status };
  const { code, enhanced, lines } = reply ?? { lines: [] };
  const said = [code, enhanced, lines.join('\n  ')].filter((each) => each !== undefined);
  return {
    verdict: status,
    ...(stage !== undefined && { stage }),
    seconds: elapsedMilliseconds / 1000,
    ...(reply !== undefined && { reply: said.join(' ') }),
  };
}

function resultIn(stdout: string): Result | undefined {
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    const value: unknown = JSON.parse(last);
    const isResult = typeof value === 'object' && value !== null && 'status' in value;
    return isResult ? (value as Result) : undefined;
  } catch {
    return undefined;
  }
}

function isRefusal(verdict: string | undefined): boolean {
  return verdict === 'reject' || verdict === 'temporary-failure' || verdict === 'discard';
}

/** The same mail, to each milter by itself: the first with the manager's answer is whose answer it was. */
async function decider(
  host: Host,
  { platform }: HostFacts,
  active: readonly ActiveMilter[],
  { argv, verdict, reply }: Played,
): Promise<string | undefined> {
  const answers = await Promise.all(
    active.map(async ({ name, connectionSpec }) => ({
      name,
      ...(await play(host, toMilter(argv, platform.managerUser, connectionSpec))),
    })),
  );
  const same = answers.filter((each) => each.verdict === verdict);
  const found = same.find((each) => each.reply === reply) ?? same[0];
  if (found !== undefined) return found.name;
  const silent = answers.filter((each) => each.verdict === undefined).map(({ name }) => name);
  return silent.length > 0
    ? `the fallback of ${silent.join(' or ')}, which does not answer`
    : undefined;
}

function toMilter(argv: readonly string[], user: string, spec: string): readonly string[] {
  const values: Readonly<Record<string, string>> = { '-u': user, '-s': spec };
  return argv.map((word, index) => values[argv[index - 1] ?? ''] ?? word);
}
