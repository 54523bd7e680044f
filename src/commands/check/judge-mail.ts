/** Whether what became of a test mail is what the milters that should filter here lead to; and why it is not. */
import { anyExists } from '../../host/any-exists.ts';
import type { HostReader } from '../../host/host.ts';
import { KNOWN_MILTERS, knownMilter } from '../../milters/known-milters.ts';
import type { ActiveMilter } from '../../plan/active-milters.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { asksAt } from '../../postfix/entrances.ts';
import type { SampleName } from '../../tester/samples.ts';
import type { SentLine } from '../../ui/show-check.ts';
import type { MailAccount } from './mail-account.ts';
import type { Outcome } from './send-mail.ts';
import type { SmtpService } from './smtp-services.ts';

/** The mails that are sent, in this order. */
export const PROBES = ['clean', 'eicar', 'gtube'] as const satisfies readonly SampleName[];
export type Probe = (typeof PROBES)[number];

/** What should filter on this host. */
export interface Expectations {
  readonly host: HostReader;
  readonly facts: HostFacts;
  readonly active: readonly ActiveMilter[];
  /** Of milters that the manager does not ask about mail of this host. */
  readonly localOnly: readonly string[];
  /** Milters that the last run was told to set up. */
  readonly wanted: readonly string[];
}

export interface Seen {
  readonly outcome: Outcome;
  /** What the manager tells; undefined where it has not heard of the mail. */
  readonly account: MailAccount | undefined;
  /** Whether it would tell. */
  readonly keepsMails: boolean;
  /** It was taken, and does not leave the queue. */
  readonly stands: boolean | undefined;
}

export interface Judged extends Pick<SentLine, 'outcome' | 'why' | 'decidedBy'> {
  /** No other mail gets further at this service. */
  readonly ended?: true;
}

type Where = Pick<SmtpService, 'name' | 'port' | 'knowsLogins' | 'instance' | 'entrance'>;

export function judge(expected: Expectations, service: Where, probe: Probe, seen: Seen): Judged {
  const { outcome, account, stands } = seen;
  if ('error' in outcome) return { ...fail(`nobody takes mail at ${service.name}`), ended: true };
  const { code } = outcome.reply;
  const by =
    code >= 400 && account?.decidedBy !== undefined ? { decidedBy: account.decidedBy } : {};
  if (code >= 400 && code < 500) return { ...deferred(expected, service, seen), ...by };
  if (code >= 500) return { ...refused(expected, service, probe, seen), ...by };
  if (stands === true) {
    return fail('Postfix has taken it, and it does not leave the queue: postqueue -p says why');
  }
  const unheard = notHeardOf(expected, service, seen);
  if (unheard !== undefined) return unheard;
  const without = account?.unfilteredBy ?? [];
  if (without.length > 0) return fail(`it was let through without an answer of ${names(without)}`);
  return probe === 'clean' ? { outcome: 'pass' } : letThrough(expected, probe);
}

const fail = (why: string): Judged => ({ outcome: 'fail', why });
const names = (list: readonly string[]): string => list.join(', ');

/** A refusal for now: of a greylister that is what it is for, of anybody else mail stands at the senders. */
function deferred(expected: Expectations, service: Where, seen: Seen): Judged {
  const by = seen.account?.decidedBy;
  if (by !== undefined && knownMilter(by)?.greylists) {
    return { outcome: 'skipped', why: `${by} has it wait; once its time is over it would pass` };
  }
  return fail(`it should not have to come again: ${whose(expected, service, seen)}`);
}

function refused(expected: Expectations, service: Where, probe: Probe, seen: Seen): Judged {
  const { outcome, account } = seen;
  const byManager = account?.decidedBy !== undefined;
  const early = !('error' in outcome) && outcome.at !== 'the content';
  if (!byManager && early && service.knowsLogins && service.port !== 25) {
    const unheard = notHeardOf(expected, service, seen);
    const why = `it wants a login first; the manager was asked up to there`;
    return { ...(unheard ?? { outcome: 'pass', why }), ended: true };
  }
  if (probe === 'clean') return fail(`it should pass: ${whose(expected, service, seen)}`);
  if (byManager) return { outcome: 'pass' };
  return fail(`no milter of the manager refused it: ${whose(expected, service, seen)}`);
}

/** Who has refused it, as far as that can be seen from here. */
function whose({ facts }: Expectations, service: Where, seen: Seen): string {
  const { outcome, account } = seen;
  const at = 'error' in outcome ? '' : ` at ${outcome.at}`;
  if (account?.decidedBy !== undefined) return `${account.decidedBy} refused it`;
  if (account !== undefined && ['reject', 'temporary-failure'].includes(account.status)) {
    return 'the manager refused it by itself';
  }
  const others = service.entrance.asked.filter(
    (each) =>
      !asksAt(
        { ...service.entrance, asked: [each] },
        facts.manager.spec,
        service.instance.queueDirectory,
      ),
  );
  const also = others.length > 0 ? `, or ${names(others)}, which Postfix asks beside it` : '';
  return account === undefined
    ? `the manager has not heard of it; Postfix itself refused it${at}, as where it cannot reach a milter${also}`
    : `the manager let it pass; Postfix itself refused it${at}${also}`;
}

/** A mail that was taken, and that the manager was not asked about. */
function notHeardOf({ facts }: Expectations, service: Where, seen: Seen): Judged | undefined {
  if (seen.account !== undefined) return undefined;
  const { entrance, instance } = service;
  const { off, asker } = entrance;
  const because = off ? `${off.source}: ${off.setting}` : undefined;
  if (because !== undefined) return fail(`no milter was asked about it: ${because}`);
  if (!asksAt(entrance, facts.manager.spec, instance.queueDirectory)) {
    const list = asker?.parameters.setting(asker.parameter);
    const what = list ? `${list.source}: ${asker?.parameter} = ${list.value}` : 'there is no list';
    return fail(`the manager was not asked about it: ${what}`);
  }
  if (!seen.keepsMails) {
    const why =
      'whether the manager was asked cannot be seen: it keeps no mails (history of its ini)';
    return { outcome: 'skipped', why };
  }
  const action = asker?.parameters.value('milter_default_action') ?? '';
  const fallback = `Postfix could not reach it, and does milter_default_action = ${action}`;
  return fail(`the manager has not heard of it: ${fallback}`);
}

/** A virus, or spam, that Postfix has taken. */
function letThrough(
  { host, active, localOnly, wanted }: Expectations,
  probe: Exclude<Probe, 'clean'>,
): Judged {
  const refuses = (name: string): boolean => knownMilter(name)?.refuses?.[probe] !== undefined;
  const able = active.filter(({ name }) => refuses(name));
  const missing = wanted.filter((name) => refuses(name));
  if (able.length === 0 && missing.length > 0) {
    return fail(`${names(missing)} was asked for, and is off`);
  }
  if (able.length === 0) {
    const filters = KNOWN_MILTERS.filter((each) => each.refuses?.[probe]);
    return { outcome: 'pass', why: `none of ${filters.map(({ name }) => name).join(', ')} is on` };
  }
  const asked = able.filter(({ name }) => !localOnly.includes(name));
  const called = (milters: readonly ActiveMilter[]) => names(milters.map(({ name }) => name));
  if (asked.length === 0) {
    const why = `${called(able)} is not asked about mail of this host (Remote Network)`;
    return { outcome: 'pass', why };
  }
  const ours = asked.filter(({ kept }) => !kept);
  if (ours.length === 0) {
    const why = `${called(asked)} was set up by hand, and lets it through`;
    return { outcome: 'skipped', why };
  }
  const ready = ours.filter(({ requires }) => !requires || anyExists(host, requires.anyOf));
  if (ready.length === 0) return { outcome: 'skipped', why: ours[0]!.requires!.otherwise };
  return fail(`${called(ready)} should refuse it`);
}
