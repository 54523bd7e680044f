/** Test mails sent through each SMTP service of Postfix to where nothing is delivered, and whether all was as it should. */
import type { Host } from '../../host/host.ts';
import { MAILS } from '../../plan/proofs.ts';
import type { SentLine } from '../../ui/show-check.ts';
import { Accounts } from './mail-account.ts';
import { asksAt } from '../../postfix/entrances.ts';
import { type Expectations, judge, PROBES } from './judge-mail.ts';
import { type Outcome, sendMail } from './send-mail.ts';
import type { SmtpService } from './smtp-services.ts';

export interface Sender extends Expectations {
  readonly host: Host;
  /** The addresses of one instance of Postfix. */
  readonly envelope: (service: SmtpService) => { readonly from: string; readonly to: string };
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly patience: Patience;
}

/** Milliseconds to wait for what comes after a reply. */
export interface Patience {
  /** What the manager tells of the mail. */
  readonly account: number;
  /** The end of it in the queue. */
  readonly queue: number;
}

/** One after the other, each service with all of its mails. @param shown called with each as it is known */
export async function sendProbes(
  sender: Sender,
  services: readonly SmtpService[],
  shown: (line: SentLine) => void,
  aborted: () => boolean,
): Promise<readonly SentLine[]> {
  const { host, facts, since, patience } = sender;
  const accounts = new Accounts(host, facts, since, patience.account);
  const lines: SentLine[] = [];
  for (const service of services) {
    const { from, to } = sender.envelope(service);
    const domain = facts.names.domain ?? 'localhost';
    for (const probe of PROBES) {
      if (aborted()) return lines;
      const outcome = await sendMail(service, { from, to, domain }, probe);
      const id = queueIdOf(outcome);
      const sought = { sender: from, queueId: id, address: service.address };
      const account = 'error' in outcome ? undefined : await accounts.accountOf(sought);
      const stands =
        id === undefined ? undefined : await standsInQueue(host, service, id, patience.queue);
      const seen = { outcome, account, keepsMails: accounts.keepsMails, stands };
      const { ended, ...verdict } = judge(sender, service, probe, seen);
      const line: SentLine = {
        ...{ service: service.name, mail: MAILS[probe], reply: replyOf(outcome), ...verdict },
        ...(account && { account }),
      };
      lines.push(line);
      shown(line);
      // Where the first says that nothing gets further, the others would say it again.
      if (ended) break;
    }
    for (const line of exceptionsOf(sender, service)) {
      lines.push(line);
      shown(line);
    }
  }
  return lines;
}

/** Clients that `smtpd_milter_maps` gives other milters, or none: no mail of this host can show what becomes of theirs. */
function exceptionsOf(
  { facts }: Sender,
  { name, entrance, instance: { queueDirectory } }: SmtpService,
): readonly SentLine[] {
  return entrance.exceptions
    .filter(({ elements: asked }) => {
      return !asksAt({ ...entrance, asked }, facts.manager.spec, queueDirectory);
    })
    .map(({ clients, source }) => ({
      ...{ service: name, mail: `mail of ${clients}`, outcome: 'skipped' },
      reply: 'the manager is not asked about it',
      why: `${source} (smtpd_milter_maps)`,
    }));
}

function replyOf(outcome: Outcome): string {
  return 'error' in outcome ? outcome.error : outcome.reply.text;
}

/** `250 2.0.0 Ok: queued as 4ABC`. */
function queueIdOf(outcome: Outcome): string | undefined {
  return 'error' in outcome ? undefined : /queued as (\S+)$/.exec(outcome.reply.text)?.[1];
}

/** Milliseconds between two looks. */
const PAUSE = 500;

/** Whether a mail that was taken is still in the queue after some time: postcat(1) -q finds it there. */
async function standsInQueue(
  host: Host,
  { instance }: SmtpService,
  id: string,
  patience: number,
): Promise<boolean> {
  const deadline = performance.now() + patience;
  const argv = ['postcat', '-c', instance.directory, '-q', '-e', id];
  while ((await host.run(argv, { timeout: 20_000 })).exitCode === 0) {
    if (performance.now() > deadline) return true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return false;
}
