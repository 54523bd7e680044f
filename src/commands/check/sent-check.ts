/** Test mails sent through Postfix to where nothing is delivered: what it replies, who decided, what was added. */
import { anyExists } from '../../host/any-exists.ts';
import type { Host } from '../../host/host.ts';
import { SmtpSession, type SmtpReply } from '../../host/smtp-session.ts';
import type { ActiveMilter } from '../../plan/active-milters.ts';
import { KNOWN_MILTERS, knownMilter } from '../../milters/known-milters.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { MAILS } from '../../plan/proofs.ts';
import { sampleMail, type SampleName } from '../../tester/samples.ts';
import type { SentLine } from '../../ui/show-check.ts';
import { ManagerLog, type MailAccount } from './mail-account.ts';

export interface Sender {
  readonly host: Host;
  readonly facts: HostFacts;
  readonly active: readonly ActiveMilter[];
  /** Of milters that the manager does not ask about mail of this host. */
  readonly localOnly: readonly string[];
  readonly from: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Where Postfix takes mail. */
  readonly port: number;
}

const SERVER = '127.0.0.1';
/** Of smtpd's own and of the manager's patience (290 s) the longer, and some. */
const PATIENCE = 320_000;

/** The mails that are sent, in this order. */
const PROBES = ['clean', 'eicar', 'gtube'] as const satisfies readonly SampleName[];
type Probe = (typeof PROBES)[number];

/** One after the other. @param shown called with each as it is known */
export async function sendProbes(
  sender: Sender,
  shown: (line: SentLine) => void,
  aborted: () => boolean,
): Promise<readonly SentLine[]> {
  const { host, facts, from, since } = sender;
  const log = new ManagerLog(host, facts.platform, from, since);
  await log.begin();
  const lines: SentLine[] = [];
  for (const probe of PROBES) {
    if (aborted()) break;
    const outcome = await attempt(sender, probe);
    const account = 'error' in outcome ? undefined : await log.accountOf(queueIdOf(outcome));
    const line = judge(sender, probe, outcome, account);
    lines.push(line);
    shown(line);
  }
  return lines;
}

type Outcome = SmtpReply | { readonly error: string };

async function attempt({ from, to, port, facts }: Sender, sample: Probe): Promise<Outcome> {
  let session: SmtpSession | undefined;
  try {
    const opened = await SmtpSession.open(SERVER, port, PATIENCE);
    session = opened.session;
    if (opened.greeting.code !== 220) return opened.greeting;
    for (const line of [`EHLO [${SERVER}]`, `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA']) {
      const reply = await session.say(line);
      if (reply.code >= 400) return reply;
    }
    const reply = await session.send(contentOf(sample, facts.names.domain ?? 'localhost', to));
    // Nothing depends on the answer.
    await session.say('QUIT').catch(() => undefined);
    return reply;
  } catch (error) {
    return {
      error: `${SERVER}:${port}: ${error instanceof Error ? error.message : String(error)}`,
    };
  } finally {
    session?.close();
  }
}

/** From an address at the host's own domain, so that a milter that signs its mail signs this one. */
function contentOf(sample: SampleName, domain: string, to: string): string {
  const author = `milter-setup-check@${domain}`;
  const { headers, body } = sampleMail(sample, { from: author, recipients: [to] });
  const lines = headers.map(({ name, value }) => `${name}:${value}`);
  return `${lines.join('\n')}\n\n${body.join('')}`;
}

/** `250 2.0.0 Ok: queued as 4ABC`. */
function queueIdOf({ text }: SmtpReply): string | undefined {
  return /queued as (\S+)$/.exec(text)?.[1];
}

/** Whether Postfix's reply is what the milters that are enabled should have led to. */
function judge(
  sender: Sender,
  probe: Probe,
  outcome: Outcome,
  account: MailAccount | undefined,
): SentLine {
  const mail = MAILS[probe];
  if ('error' in outcome) return { mail, outcome: 'fail', reply: outcome.error };
  const { code, text: reply } = outcome;
  const told = { mail, reply, ...(account && { account }), ...decided(code, account) };
  const verdict = expected(sender, probe);
  if ('why' in verdict) {
    const { skipped, why } = verdict;
    return { ...told, outcome: skipped ? 'skipped' : 'pass', why };
  }
  const met = verdict.codes.includes(Math.floor(code / 100));
  const why = probe !== 'clean' ? `${verdict.by} should refuse it` : 'it should pass';
  return met ? { ...told, outcome: 'pass' } : { ...told, outcome: 'fail', why };
}

type Expected =
  | { readonly codes: readonly number[]; readonly by: string }
  | { readonly why: string; readonly skipped?: true };

function expected({ host, active, localOnly }: Sender, probe: Probe): Expected {
  if (probe === 'clean') {
    return active.some(({ kept }) => kept)
      ? { why: 'milters set up by hand decide' }
      : { codes: [2], by: '' };
  }
  const able = active.filter(({ name }) => knownMilter(name)?.refuses?.[probe]);
  if (able.length === 0) {
    const filters = KNOWN_MILTERS.filter(({ refuses }) => refuses?.[probe]);
    return { why: `none of ${filters.map(({ name }) => name).join(', ')} is enabled` };
  }
  const asked = able.filter(({ name }) => !localOnly.includes(name));
  const names = (milters: readonly ActiveMilter[]) => milters.map(({ name }) => name).join(', ');
  if (asked.length === 0) {
    return { why: `${names(able)} is not asked about mail of this host (Remote Network)` };
  }
  const ours = asked.filter(({ kept }) => !kept);
  if (ours.length === 0) return { why: `${names(asked)} was set up by hand` };
  const ready = ours.filter(({ requires }) => !requires || anyExists(host, requires.anyOf));
  if (ready.length === 0) return { why: ours[0]!.requires!.otherwise, skipped: true };
  return { codes: [5], by: names(ready) };
}

function decided(code: number, account: MailAccount | undefined): { readonly decidedBy?: string } {
  if (code < 400 || account === undefined) return {};
  const by = account.milters.find(({ status }) => status === account.status)?.name;
  return by === undefined ? {} : { decidedBy: by };
}
