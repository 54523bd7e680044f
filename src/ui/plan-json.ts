/** A plan as JSON, for programs. `schema` grows when a field changes its meaning or goes. */
import { subjectsOf, type Change, type Plan } from '../change/change.ts';
import { diffOf } from './show-diff.ts';

const PLAN_SCHEMA = 1;

/** `{schema, pending, changes: [{kind, phase, title, why, ...}], notes}`; files carry their diff, secrets hidden. */
export function planJson(plan: Plan): Record<string, unknown> {
  return {
    schema: PLAN_SCHEMA,
    pending: plan.changes.length > 0,
    changes: plan.changes.map(changeJson),
    notes: plan.notes,
  };
}

export function changeJson(change: Change): Record<string, unknown> {
  const { kind, phase, title, why, requires } = change;
  const described = { kind, phase, title, why, ...(requires === undefined ? {} : { requires }) };
  if ('commands' in change) {
    const { commands, undo } = change;
    const action = change.kind === 'service' ? change.action : undefined;
    return { ...described, subjects: subjectsOf(change), action, commands, undo };
  }
  const { path, mode, owner } = change;
  const file = { ...described, path, mode: modeText(mode), owner };
  if (change.kind === 'make-directory') return file;
  const { comesWith, summary } = change;
  const { text, added, removed } = diffOf(change);
  return { ...file, comesWith, summary, added, removed, diff: text };
}

function modeText(mode: number | undefined): string | undefined {
  return mode?.toString(8).padStart(4, '0');
}
