/** The code of each verb: loaded when it is asked for, since most of it another verb never needs. */
import type { RunCommand } from './command.ts';
import type { VerbName } from './verbs.ts';

interface VerbCode {
  readonly run: RunCommand;
}

const CODE: Readonly<Record<VerbName, () => Promise<VerbCode>>> = {
  '': () => import('./wizard.ts'),
  add: () => import('./add.ts'),
  enable: () => import('./enable.ts'),
  disable: () => import('./disable.ts'),
  remove: () => import('./remove.ts'),
  plan: () => import('./plan.ts'),
  status: () => import('./status.ts'),
  check: () => import('./check.ts'),
  doctor: () => import('./doctor.ts'),
  log: () => import('./log.ts'),
  explain: () => import('./explain.ts'),
  report: () => import('./report.ts'),
  metrics: () => import('./metrics.ts'),
  undo: () => import('./undo.ts'),
  demo: () => import('./demo.ts'),
  completion: () => import('./completion.ts'),
  help: () => import('./help.ts'),
};

export async function loadVerb(name: VerbName): Promise<VerbCode> {
  return await CODE[name]();
}
