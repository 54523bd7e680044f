/** Runs the checks: one finding at least for each, the worst first. */
import type { Host } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';
import type { DoctorFacts } from './facts.ts';
import type { Check, Finding, Grade, Remedy } from './finding.ts';

const ORDER: readonly Grade[] = ['error', 'warning', 'info', 'ok', 'skipped'];

/** By grade, and within a grade in the order of the checks: causes before their consequences. */
export async function examine(
  host: Host,
  facts: DoctorFacts,
  checks: readonly Check[],
): Promise<readonly Finding[]> {
  const findings = (
    await Promise.all(checks.map((check) => findingsOf(host, facts, check)))
  ).flat();
  return ORDER.flatMap((grade) => findings.filter((finding) => finding.grade === grade));
}

async function findingsOf(
  host: Host,
  facts: DoctorFacts,
  check: Check,
): Promise<readonly Finding[]> {
  const { id, title } = check;
  const applies = check.applies(facts);
  if (applies !== true) return [{ id, grade: 'skipped', title, evidence: [applies], fix: [] }];
  try {
    const { watched, denied } = watch(host);
    const problems = await check.look(watched, facts);
    if (problems.length > 0) {
      return problems.map((problem) => ({ id, ...problem, fix: asTyped(id, problem.fix) }));
    }
    if (denied.size === 0) return [{ id, grade: 'ok', title, evidence: [], fix: [] }];
    const reason = `you may not read ${[...denied].join(', ')}`;
    return [{ id, grade: 'skipped', title, evidence: [reason], fix: [] }];
  } catch (error) {
    // One unreadable file must not hide what the other checks find.
    if (!(error instanceof SetupError)) throw error;
    return [{ id, grade: 'skipped', title, evidence: [error.message], fix: [] }];
  }
}

/** An edit that no command makes is ours to make, and then so is all of that repair. */
function asTyped(id: string, fix: readonly Remedy[]): readonly Remedy[] {
  const first = fix.findIndex((remedy) => 'change' in remedy && remedy.typed.length === 0);
  if (first < 0) return fix;
  const ours = [['milter-setup', 'doctor', '--fix', id]];
  return fix.map((remedy, at) =>
    'change' in remedy ? { ...remedy, typed: at === first ? ours : [] } : remedy,
  );
}

/** The host, and which of what was looked at an ordinary user may not read: it looks as if it were not there. */
function watch(host: Host): { readonly watched: Host; readonly denied: ReadonlySet<string> } {
  const denied = new Set<string>();
  const watching =
    <T>(look: (path: string) => T) =>
    (path: string): T => {
      const seen = look(path);
      if (host.unread?.has(path)) denied.add(path);
      return seen;
    };
  return {
    denied,
    watched: {
      ...host,
      read: watching((path) => host.read(path)),
      stat: watching((path) => host.stat(path)),
      lstat: watching((path) => host.lstat(path)),
      readLink: watching((path) => host.readLink(path)),
      list: watching((path) => host.list(path)),
    },
  };
}
