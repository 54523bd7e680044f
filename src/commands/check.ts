/** `milter-setup check`: the proofs of the plan, and nothing else. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { activeMilters } from '../plan/active-milters.ts';
import { gatherFacts } from '../plan/facts.ts';
import { anyExists } from '../host/any-exists.ts';
import { planProofs } from '../plan/proofs.ts';
import { quoteArgv } from '../ui/shell-words.ts';
import type { CommandContext } from './command.ts';

export async function run({ host, options, ui, signal }: CommandContext): Promise<number> {
  const facts = await gatherFacts(host, options.platform);
  const { platform } = facts;
  if (!host.runs || host.stat(platform.testServerProgram) === undefined) {
    throw new SetupError({
      code: 'not-set-up',
      message: `there is no ${platform.testServerProgram} to check with`,
      hint: 'milter-setup',
    });
  }
  if (!host.writable) {
    throw new SetupError({
      code: 'not-root',
      message: 'the check plays mails as the users of Postfix and of the manager, which needs root',
      hint: 'sudo milter-setup check',
      exitCode: EXIT.notPermitted,
    });
  }
  const started = performance.now();
  const active = activeMilters(facts, { on: [], off: [] }, facts.detected);
  const results: { title: string; passed: boolean; output: string }[] = [];
  for (const proof of planProofs(facts, active, [], Date.now().toString(36))) {
    if (signal.aborted) return EXIT.cancelled;
    if (proof.requires && !anyExists(host, proof.requires.anyOf)) {
      results.push({ title: proof.title, passed: false, output: proof.requires.otherwise });
      ui.warn(`${proof.title}: ${proof.requires.otherwise}; ${proof.requires.finish}`);
      continue;
    }
    const { argv } = proof.commands[0]!;
    const { exitCode, stdout, stderr } = await host.run(argv, { timeout: 120_000 });
    const output = `${stdout}${stderr}`.trim();
    results.push({ title: proof.title, passed: exitCode === 0, output });
    const mark = exitCode === 0 ? ui.style.marks.pass : ui.style.marks.fail;
    const line = `${mark} ${proof.title}: ${output.split('\n')[0] ?? ''}`;
    if (exitCode === 0) ui.print(line);
    else ui.print(`${line}\n  ${quoteArgv(argv)}`, `${line}\n  ${quoteArgv(argv)}`);
  }
  const passed = results.length > 0 && results.every((result) => result.passed);
  const seconds = ((performance.now() - started) / 1000).toFixed(3);
  const ending = `status: ${passed ? 'pass' : 'fail'}\nelapsed-time: ${seconds} seconds`;
  ui.print(ending, ending);
  ui.result({ schema: 1, status: passed ? 'pass' : 'fail', results });
  return passed ? EXIT.ok : EXIT.failed;
}
