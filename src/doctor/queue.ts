/** Mail that was taken and that nobody takes further: the queue manager, or pickup, does not do its work. */
import type { Host } from '../host/host.ts';
import { type Instance, instancesOf } from '../postfix/postfix.ts';
import type { DoctorFacts } from './facts.ts';
import { type Check, type Problem, run } from './finding.ts';
import { restart } from './repairs.ts';

/** Mail is in these for moments only (qmgr(8), postdrop(1)). */
const PASSED_THROUGH = ['incoming', 'maildrop'];
/** Milliseconds: qmgr looks itself every 5 minutes (queue_run_delay), pickup every minute. */
const LONG = 15 * 60_000;

export const queue: Check = {
  id: 'queue',
  title: 'Postfix takes the mail in its queue further',
  applies: ({ postfixInstalled, asRoot }) => {
    if (!postfixInstalled) return 'Postfix is not installed';
    return asRoot || 'only root sees the queue';
  },
  look: (host, facts) =>
    instancesOf(facts.postfix).flatMap((instance) =>
      PASSED_THROUGH.flatMap((name) => standing(host, facts, instance, name)),
    ),
};

function standing(
  host: Host,
  facts: DoctorFacts,
  { queueDirectory, directory }: Instance,
  name: string,
): readonly Problem[] {
  const path = `${queueDirectory}/${name}`;
  const files = host.list(path).map((each) => host.stat(`${path}/${each}`));
  const old = files.filter((stat) => {
    return stat?.type === 'file' && facts.now - stat.mtimeMs > LONG;
  });
  if (old.length === 0) return [];
  const minutes = Math.floor(
    (facts.now - Math.min(...old.map((stat) => stat?.mtimeMs ?? facts.now))) / 60_000,
  );
  return [
    {
      grade: 'error',
      title: `${old.length} mails stand in ${path} and go no further`,
      evidence: [`the oldest came ${minutes} minutes ago`],
      fix: [run('postqueue', '-c', directory, '-p'), restart(facts, 'postfix')],
    },
  ];
}
