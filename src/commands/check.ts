/** `milter-setup check`: test mails through each milter and the manager; with --mail through Postfix, too. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import type { Host } from '../host/host.ts';
import { activeMilters, type ActiveMilter } from '../plan/active-milters.ts';
import { gatherFacts, type HostFacts } from '../plan/facts.ts';
import { withKeptMilters } from '../plan/kept-milters.ts';
import { planProofs } from '../plan/proofs.ts';
import { missingOf, saidOfMissing } from '../doctor/wanted.ts';
import { quoteArgv } from '../ui/shell-words.ts';
import { showCheck } from '../ui/show-check.ts';
import { wrap } from '../ui/wrap.ts';
import type { CommandContext } from './command.ts';
import { readLastAnswers, wantedIn } from './answers/last-answers.ts';
import { managerTells } from './status/manager-tells.ts';
import { setUpBefore } from './run/set-up.ts';
import { MANAGER, playProof, unfiltered, type Played } from './check/played-check.ts';
import { mailTarget, sendMails } from './check/mail-check.ts';

export async function run(context: CommandContext): Promise<number> {
  const { host, options, ui, signal, verbOptions } = context;
  const facts = withOwnSettings(host, await gatherFacts(host, options.platform));
  requireRights(host, facts);
  const target = await mailTarget(host, facts, verbOptions);
  const started = performance.now();
  const active = asked(context, facts);
  const played: Played[] = [];
  for (const proof of planProofs(facts, active, [], Date.now().toString(36))) {
    if (signal.aborted) return EXIT.cancelled;
    const line = await playProof(host, facts, active, proof);
    played.push(line);
    const text = showCheck(line, ui.style);
    const again = line.outcome === 'pass' ? '' : `\n    ${line.finish ?? quoteArgv(line.argv)}`;
    ui.print(`${text}${again}`, line.outcome === 'pass' ? undefined : `${text}${again}`);
  }
  const sent = target === undefined ? [] : await sendMails(context, facts, active, target);
  if (signal.aborted) return EXIT.cancelled;
  const nothing = unfiltered(played, active);
  const leftAlone = played.some(failsAtManager) ? await miltersLeftAlone(host, facts) : [];
  const reasons = [...(nothing === undefined ? [] : [nothing]), ...leftAlone]
    .map((text) => wrap(`${ui.style.marks.fail} ${text}`, ui.style.columns))
    .join('\n');
  if (reasons !== '') ui.print(ui.style.paint('red', reasons), reasons);
  const missing = missingOf(host, facts, wantedIn(readLastAnswers(host, facts.platform)))
    .filter(({ turnedOff }) => !turnedOff)
    .map(saidOfMissing);
  for (const each of missing) {
    const text = wrap(`${ui.style.marks.skip} ${each}`, ui.style.columns);
    ui.print(ui.style.paint('yellow', text), text);
  }
  const outcomes = [...played, ...sent].map(({ outcome }) => outcome);
  const failed = outcomes.includes('fail') || nothing !== undefined;
  const status = failed
    ? 'fail'
    : outcomes.includes('skipped') || missing.length > 0
      ? 'incomplete'
      : 'pass';
  const seconds = ((performance.now() - started) / 1000).toFixed(3);
  const ending = `status: ${status}\nelapsed-time: ${seconds} seconds`;
  ui.print(ending, ending);
  ui.result({
    ...{ schema: 1, status },
    results: played.map(({ outcome, ...line }) => ({
      ...{ ...line, outcome, passed: outcome === 'pass' },
    })),
    ...(target !== undefined && { mails: sent }),
    ...(nothing !== undefined && { unfiltered: nothing }),
    ...(missing.length > 0 && { missing }),
  });
  return { pass: EXIT.ok, incomplete: EXIT.pending, fail: EXIT.failed }[status];
}

function requireRights(host: Host, { platform }: HostFacts): void {
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
}

function failsAtManager({ who, outcome }: Played): boolean {
  return who === MANAGER && outcome === 'fail';
}

/** One that has just come back is not asked yet: that is no fault of its own. */
async function miltersLeftAlone(host: Host, facts: HostFacts): Promise<readonly string[]> {
  const told = await managerTells(host, facts);
  const children = 'status' in told ? told.status.milters : [];
  return children
    .filter(({ leftAlone }) => leftAlone)
    .map(
      ({ name }) => `The manager leaves ${name} alone for now, since it failed again and again.`,
    );
}

/** What a milter that was set up by hand does to a test mail is not known, whatever ours would do. */
function withOwnSettings(host: Host, facts: HostFacts): HostFacts {
  const answers = readLastAnswers(host, facts.platform);
  const keep = (answers?.['keep-settings'] ?? '').split(',').map((name) => name.trim());
  return withKeptMilters(host, facts, { on: [], keep });
}

/** Whom the manager asks now. A child that only the ini names may be another host's, and down; nobody else may. */
function asked(context: CommandContext, facts: HostFacts): readonly ActiveMilter[] {
  const wish = { on: [], off: [], setUpBefore: setUpBefore(context, facts) };
  return activeMilters(context.host, facts, wish, facts).map((milter) => {
    const { mayBeDown, ...rest } = milter;
    return mayBeDown && milter.standing === 'own' ? milter : rest;
  });
}
