/** greylist.conf's default rule: the first one counts, and every rule behind it is dead (acl.c of milter-greylist). */
import { EditError } from '../edit/format.ts';
import { parseGreylist, type Statement } from '../edit/greylist-parse.ts';
import { splitLines, withoutLines } from '../edit/text.ts';
import { type HostReader, readText } from '../host/host.ts';
import type { MilterFacts } from '../plan/facts.ts';
import type { DoctorFacts } from './facts.ts';
import { advice, type Check, isEnabled, type Problem, run } from './finding.ts';
import { editFile } from './repairs.ts';

export const greylistDefault: Check = {
  id: 'greylist-default',
  title: "greylist.conf's default rule is in effect",
  applies: (facts) => isEnabled(greylister(facts)),
  look(host, facts) {
    const path = pathOf(facts);
    const statements = parsed(host, path);
    if (path === undefined || statements === undefined) return [];
    const rules = statements.filter(({ key }) => /^racl\b/.test(key));
    const at = rules.findIndex(({ key }) => key === 'racl default');
    const first = rules[at];
    if (first === undefined) return [];
    const dead = rules.slice(at + 1);
    const others = dead.filter((rule) => actionOf(rule) !== actionOf(first));
    const greylisted = others.find(
      (rule) => rule.key === 'racl default' && actionOf(rule) === 'greylist',
    );
    const check = run(program(facts), '-c', '-f', path);
    if (greylisted !== undefined && actionOf(first) === 'whitelist') {
      return [
        {
          grade: 'warning',
          title: 'nobody is greylisted by default: the rule for it stands behind another default',
          evidence: [
            shown(path, first),
            `${shown(path, greylisted)} (dead: the first default counts)`,
          ],
          fix: [
            editFile(facts, path, (text) => withoutLines(text, first.first + 1, first.last + 1)),
            check,
          ],
        },
      ];
    }
    const specific = dead.filter(({ key }) => key !== 'racl default');
    if (specific.length > 0) return [deadRules(path, first, specific)];
    if (actionOf(first) === 'whitelist' && !rules.some((rule) => actionOf(rule) === 'greylist')) {
      return [
        {
          grade: 'warning',
          title: `${greylister(facts).milter.name} is told to greylist nobody`,
          evidence: [shown(path, first)],
          fix: [run('milter-setup', 'add', greylister(facts).milter.short, '--force')],
        },
      ];
    }
    return [];
  },
};

function deadRules(path: string, first: Statement, dead: readonly Statement[]): Problem {
  return {
    grade: 'warning',
    title: `${dead.length} of the rules of greylist.conf stand behind the default, where none is read`,
    evidence: [shown(path, first), ...dead.map((rule) => `${shown(path, rule)} (dead)`)],
    fix: [advice(`Move line ${lines(first)} of ${path} behind them.`)],
  };
}

function greylister({ milters }: DoctorFacts): MilterFacts {
  return milters.find(({ milter }) => milter.greylists)!;
}

function settings(facts: DoctorFacts) {
  return greylister(facts).setup?.files.find(({ format }) => format === 'greylist');
}

function pathOf(facts: DoctorFacts): string | undefined {
  return settings(facts)?.path;
}

function program(facts: DoctorFacts): string {
  return settings(facts)?.check?.argv[0] ?? greylister(facts).milter.name;
}

function parsed(host: HostReader, path: string | undefined): readonly Statement[] | undefined {
  const text = path === undefined ? undefined : readText(host, path);
  try {
    return text === undefined ? undefined : parseGreylist(splitLines(text));
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return undefined;
  }
}

/** `racl "id" greylist ...`: an id may stand before the action. */
function actionOf({ words }: Statement): string {
  const [first = '', second = ''] = words;
  return (first.startsWith('"') ? second : first).toLowerCase();
}

function lines({ first, last }: Statement): string {
  return first === last ? `${first + 1}` : `${first + 1},${last + 1}`;
}

function shown(path: string, { first, words }: Statement): string {
  return `${path}:${first + 1}: racl ${words.join(' ')}`;
}
