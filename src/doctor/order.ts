/** Who must see a mail after whom: verdicts need the results that they are made of, signatures the final text. */
import { identityOf } from '../edit/main-cf-list.ts';
import type { KnownMilter } from '../milters/known-milter.ts';
import { KNOWN_MILTERS, knownMilter, namesBefore } from '../milters/known-milters.ts';
import type { DoctorFacts } from './facts.ts';
import { type Check, type Problem, type Remedy } from './finding.ts';
import { reloadManager, setIni, setMainCf, unsetIni } from './repairs.ts';
import type { Asker } from '../postfix/askers.ts';
import { isAt } from '../postfix/notation.ts';
import type { ManagedMilter } from '../manager-config/effective.ts';

interface Rule {
  readonly late: string;
  readonly early: readonly string[];
  readonly why: string;
  /** Only where `early` sees our own users' mail, too. */
  readonly ownMail?: true;
}

const SIGNED_LAST = 'it signs our own mail, and what changes it afterwards breaks the signature';

const namesOf = (milters: readonly KnownMilter[]) => milters.map(({ name }) => name);
const MARKERS = namesOf(KNOWN_MILTERS.filter(({ marks }) => marks !== undefined));

const RULES: readonly Rule[] = [
  ...KNOWN_MILTERS.flatMap((milter) =>
    milter.judgesBy
      ? [{ late: milter.name, early: namesBefore(milter), why: milter.judgesBy.why }]
      : [],
  ),
  // One that marks mail by itself signs what it has marked.
  ...namesOf(KNOWN_MILTERS.filter(({ signs, marks }) => signs && !marks)).map((late) => ({
    late,
    early: MARKERS,
    why: SIGNED_LAST,
    ownMail: true as const,
  })),
];

export const order: Check = {
  id: 'order',
  title: 'the milters see each mail in the right order',
  applies: () => true,
  look: (_host, facts) => [
    ...(facts.managerInstalled ? byManager(facts) : []),
    ...facts.postfix.askers
      .filter(({ parameter }) => parameter === 'smtpd_milters')
      .filter(({ source }, at, all) => all.findIndex((each) => each.source === source) === at)
      .flatMap((service) => byPostfix(facts, service)),
  ],
};

function byManager(facts: DoctorFacts): readonly Problem[] {
  const { manager } = facts;
  const milters = manager.milters.filter(({ enabled }) => enabled);
  return RULES.flatMap(({ late, early, why, ownMail }): readonly Problem[] => {
    const second = milters.find(({ name }) => name === late);
    if (second === undefined) return [];
    return early.flatMap((name): Problem[] => {
      const first = milters.find((each) => each.name === name);
      if (!first || (ownMail && isForOthersMail(first)) || second.stage > first.stage) return [];
      const line = second.line('after');
      return [
        {
          // What it usually adds is not signed.
          grade: knownMilter(name)?.marks === 'other headers' ? 'info' : 'warning',
          title: `${late} does not see what ${name} does: ${why}`,
          evidence: [
            line === undefined
              ? `${manager.path}: no "after" in [milter.${late}]`
              : `${line}: after = ${(second.after ?? []).join(', ')}`,
            ...(ownMail && first.line('applicable_conditions') !== undefined
              ? [`${first.line('applicable_conditions')}: ${name} is asked about our own mail, too`]
              : []),
          ],
          fix: [putAfter(facts, second, name), reloadManager(facts)],
        },
      ];
    });
  });
}

/** Mail of our own users and hosts is kept from it. */
function isForOthersMail({ applicable_conditions: conditions }: ManagedMilter): boolean {
  return conditions.includes('Remote Network') && conditions.includes('Unauthenticated');
}

/** Without its line in the ini the manager knows by itself whom a child must follow, of those that it knows. */
function putAfter(facts: DoctorFacts, child: ManagedMilter, other: string): Remedy {
  const section = `milter.${child.name}`;
  const usual = facts.detected.find(({ name }) => name === child.name)?.after ?? [];
  return child.line('after') !== undefined && usual.includes(other)
    ? unsetIni(facts, section, 'after')
    : setIni(facts, section, 'after', [...(child.after ?? []), other].join(', '));
}

/** Postfix asks one after the other, and each sees what those before it have changed. */
function byPostfix(
  facts: DoctorFacts,
  { elements, source, own, parameter }: Asker,
): readonly Problem[] {
  const { detected, manager, postfix } = facts;
  const place = (name: string): number => {
    const specs = [
      ...detected.filter((each) => each.name === name).map(({ connectionSpec }) => connectionSpec),
      ...(isChild(facts, name) ? [manager.spec] : []),
    ];
    return elements.findIndex((element) =>
      specs.some((spec) => spec !== undefined && isAt(element, spec, postfix.queueDirectory)),
    );
  };
  const wrong = RULES.flatMap(({ late, early, why, ownMail }) =>
    early
      .map((name) => ({ late, name, why, from: place(late), to: place(name), ownMail }))
      .filter(({ from, to }) => from >= 0 && to > from)
      .filter(({ name, to, ownMail: own }) => {
        const child = manager.milters.find((each) => each.name === name);
        const behind = isAt(elements[to]!, manager.spec, postfix.queueDirectory);
        return !(own && behind && child && isForOthersMail(child));
      }),
  );
  return wrong.map(({ late, name, why, from, to }) => ({
    grade: 'warning',
    title: `Postfix asks ${late} before ${name}: ${why}`,
    evidence: [`${source}: ${parameter} = ${elements.join(', ')}`],
    fix: own
      ? [{ advice: `Put ${elements[from]!} behind ${elements[to]!} there, then: postfix reload` }]
      : setMainCf(facts, parameter, moved(elements, from, to).join(', ')),
  }));
}

function isChild({ manager, managerInstalled }: DoctorFacts, name: string): boolean {
  return managerInstalled && manager.milters.some((each) => each.name === name && each.enabled);
}

function moved(elements: readonly string[], from: number, to: number): readonly string[] {
  const late = elements[from]!;
  const rest = elements.filter((each) => identityOf(each) !== identityOf(late));
  return [...rest.slice(0, to), late, ...rest.slice(to)];
}
