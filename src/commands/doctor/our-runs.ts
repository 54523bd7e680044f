/** What our journal says of this host, for doctor: runs that did not end, and files that are not as we left them. */
import { listCheckpoints } from '../../apply/checkpoint.ts';
import { lockHolder } from '../../apply/lock.ts';
import { fingerprint, readWritten } from '../../apply/state.ts';
import type { ChangedFile, OurRuns } from '../../doctor/facts.ts';
import { SetupError } from '../../host/setup-error.ts';
import { buildPlan } from '../../plan/build-plan.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { openTemplates } from '../../plan/package-files.ts';
import { resolveAnswers } from '../../questions/answers.ts';
import type { CommandContext } from '../command.ts';
import { wishFrom } from '../answers/gather-answers.ts';
import { readLastAnswers, wantedIn } from '../answers/last-answers.ts';
import { managerTells } from '../status/manager-tells.ts';
import { questionFacts } from '../answers/question-facts.ts';

export async function readOurRuns(context: CommandContext, facts: HostFacts): Promise<OurRuns> {
  const { host } = context;
  const { stateDirectory } = facts.platform;
  const atWork = lockHolder(host, stateDirectory);
  const dead = listCheckpoints(host, stateDirectory).find(({ state }) => state === 'unfinished');
  const written = readWritten(host, stateDirectory);
  const changed = Object.entries(written).filter(([path, sha256]) => {
    const bytes = host.read(path);
    return !host.unread?.has(path) && (bytes === undefined || fingerprint(bytes) !== sha256);
  });
  const rewritten = changed.length > 0 ? await wouldWrite(context, facts) : undefined;
  const answers = readLastAnswers(host, facts.platform);
  const defaultAction = answers?.['default-action'];
  const told = await managerTells(host, facts);
  return {
    ...(defaultAction !== undefined && { defaultAction }),
    ...(answers && { wanted: wantedIn(answers) }),
    ...('status' in told && {
      told: {
        milters: told.status.milters.map(({ name }) => name),
        started: Date.parse(told.status.started),
      },
    }),
    ...(atWork !== undefined && { atWork }),
    hidden: host.unread?.has(`${stateDirectory}/checkpoints`) === true,
    ...(dead !== undefined && { unfinished: { verb: dead.verb, at: dead.at } }),
    written: Object.keys(written),
    changed: changed.map(([path]): ChangedFile => ({
      path,
      gone: host.stat(path) === undefined,
      drifted: rewritten?.includes(path),
    })),
  };
}

/** The files that a run with the last answers would change; undefined where no such run can be planned. */
async function wouldWrite(
  { host, options }: CommandContext,
  facts: HostFacts,
): Promise<readonly string[] | undefined> {
  const on = facts.milters
    .filter(({ setup, detected }) => setup !== undefined && detected?.enabled)
    .map(({ milter }) => milter.name);
  try {
    const { answers } = await resolveAnswers(
      { flags: {}, environment: {} },
      questionFacts(host, facts),
      { ask: [], mode: 'defaults', prompt: () => Promise.reject(new Error('nobody is asked')) },
    );
    const inputs = { templates: openTemplates(options.templates), nonce: '' };
    const plan = buildPlan(host, facts, wishFrom(answers, { on }), inputs);
    return plan.changes.flatMap((change) => (change.kind === 'write-file' ? [change.path] : []));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return undefined;
  }
}
