/** The proofs: test mails through each child, as the manager's user, and through the manager, as Postfix's. */
import type { ActiveMilter } from './active-milters.ts';
import type { Requirement, Prove } from '../change/change.ts';
import type { HostFacts } from './facts.ts';
import { ANY_ANSWER } from './kept-milters.ts';
import type { KnownMilter } from '../milters/known-milter.ts';
import { KNOWN_MILTERS, knownMilter } from '../milters/known-milters.ts';

/** A public address (TEST-NET-2), so that no rule for local clients lets the test mail through. */
const ADDRESS = 'inet:50443@198.51.100.25';
/** A domain that is never in the DNS (RFC 6761): example.net disowns all its mail there, and SPF would reject it. */
const SENDERS = 'milter-setup.invalid';
const WELL_NAMED = 'mail.example.net';
/** Looks like a dial-up line (S25R rule 1). */
const SUSPICIOUS = '198-51-100-25.dyn.example.net';
/**
 * Seconds that one answer may take. A milter that looks SPF up waits 10 for each name server that is silent
 * (resolv.conf(5): two attempts of 5), and the three that resolv.conf may name are no reason to undo everything.
 */
const READING_TIMEOUT = 60;

/** The test mails, as a person calls them. */
export const MAILS = {
  clean: 'a clean mail',
  eicar: 'a virus (EICAR)',
  gtube: 'spam (GTUBE)',
} as const;
const UNKNOWN_SENDER = 'a suspicious unknown sender';
const REFUSED = [
  ['eicar', 'prove that a virus is rejected'],
  ['gtube', 'prove that spam is rejected'],
] as const;

interface Proof {
  /** Who is asked, and with what mail. */
  readonly who: string;
  readonly mail: string;
  readonly title: string;
  readonly why: string;
  readonly user: string;
  readonly spec: string;
  readonly host: string;
  readonly sample: 'clean' | 'eicar' | 'gtube';
  readonly expect: string;
  readonly patience: number;
  readonly requires?: Requirement | undefined;
  readonly mayBeDown?: true | undefined;
}

/** @param nonce makes the senders new to a greylister, so that each run proves anew */
export function planProofs(
  facts: HostFacts,
  active: readonly ActiveMilter[],
  turnedOff: readonly string[],
  nonce: string,
): readonly Prove[] {
  const { platform } = facts;
  const has = (does: (milter: KnownMilter) => unknown) =>
    KNOWN_MILTERS.filter(does).flatMap((known) => {
      const milter = active.find(({ name, kept }) => name === known.name && !kept);
      return milter ? [{ known, milter }] : [];
    })[0];
  // By hand any of the others may have been told to refuse a mail from nowhere.
  const judged = active.some(({ name, kept }) => kept && !knownMilter(name)?.passesCleanMail);
  const children = active.map((milter): Proof => ({
    who: milter.name,
    mail: MAILS.clean,
    title: `prove that ${milter.name} answers`,
    why: 'A test mail as the manager sends it, with its rights.',
    user: platform.managerUser,
    spec: milter.connectionSpec,
    host: WELL_NAMED,
    sample: 'clean',
    expect: milter.expect,
    patience: milter.patience,
    requires: milter.requires,
    mayBeDown: milter.mayBeDown,
  }));
  const manager = {
    who: 'milter-manager',
    mail: MAILS.clean,
    user: 'postfix',
    spec: facts.managerSpec,
    patience: 90,
    host: WELL_NAMED,
  };
  const throughManager: readonly (Proof | undefined)[] = [
    {
      ...manager,
      title: judged
        ? 'prove that the manager answers'
        : 'prove that a clean mail passes the manager',
      why: "As Postfix asks it, with Postfix's rights on the socket.",
      sample: 'clean',
      expect: judged ? ANY_ANSWER : 'pass',
    },
    ...REFUSED.map(([sample, title]) => {
      const scanning = has(({ refuses }) => refuses?.[sample]);
      return (
        scanning && {
          ...manager,
          // It answers before the scanner behind it does, and lets everything pass.
          patience: Math.max(manager.patience, scanning.milter.patience),
          mail: MAILS[sample],
          title,
          why: scanning.known.refuses![sample]!,
          sample,
          expect: 'reject',
          requires: scanning.milter.requires,
        }
      );
    }),
    has(({ greylists }) => greylists) && {
      ...manager,
      mail: UNKNOWN_SENDER,
      title: 'prove that a suspicious unknown sender has to wait',
      why: 'A client with a name like a dial-up line (S25R) is greylisted.',
      host: SUSPICIOUS,
      sample: 'clean',
      expect: 'temporary-failure',
    },
    turnedOff.some((name) => knownMilter(name)?.greylists)
      ? {
          ...manager,
          mail: UNKNOWN_SENDER,
          title: 'prove that nobody is greylisted any more',
          why: 'A client with a name like a dial-up line passes at once.',
          host: SUSPICIOUS,
          sample: 'clean',
          expect: 'pass',
        }
      : undefined,
  ];
  return [...children, ...throughManager.filter((proof) => proof !== undefined)].map(
    (proof, index) => proofChange(facts, proof, `probe-${nonce}-${index}@${SENDERS}`),
  );
}

function proofChange(facts: HostFacts, proof: Proof, sender: string): Prove {
  return {
    kind: 'prove',
    phase: 'proof',
    title: proof.title,
    why: proof.why,
    commands: [
      {
        argv: [
          ...[facts.platform.testServerProgram, '-u', proof.user, '-s', proof.spec],
          ...['--connect-host', proof.host, '--connect-address', ADDRESS],
          ...['--helo-fqdn', proof.host, '-f', sender],
          ...['--reading-timeout', String(READING_TIMEOUT)],
          ...['--sample', proof.sample, '--expect', proof.expect],
        ],
        timeout: 120,
        patience: proof.patience,
        ...(proof.mayBeDown && {
          tolerated: 'it does not answer; its fallback_status holds until it does',
        }),
      },
    ],
    undo: [],
    spec: proof.spec,
    proves: { who: proof.who, mail: proof.mail },
    ...(proof.requires && { requires: withoutInstead(proof.requires) }),
  };
}

/** The services have done what is done instead. */
function withoutInstead({ anyOf, otherwise, finish }: Requirement): Requirement {
  return { anyOf, otherwise, finish };
}
