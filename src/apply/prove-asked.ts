/**
 * The proof through Postfix itself: a session with each smtpd that should ask the manager. Its sender is a mark that the
 * manager's kept mails must show afterwards, so that no other session counts as ours. No recipient is named.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProveAsked } from '../change/change.ts';
import { readRecent } from '../history/recent.ts';
import type { Host } from '../host/host.ts';
import { httpGet, type HttpAddress } from '../host/http-get.ts';
import { SetupError } from '../host/setup-error.ts';
import { type SmtpReply, SmtpSession } from '../host/smtp-session.ts';
import { type Door, doorsOf } from '../postfix/doors.ts';
import { asksAt } from '../postfix/entrances.ts';
import { instancesOf, readPostfix } from '../postfix/postfix.ts';
import { parseConnectionSpec } from '../protocol/connection-spec.ts';

/** Milliseconds. */
export interface Patience {
  /** Postfix that has just been started opens its ports. */
  readonly opening: number;
  /** An smtpd that was told to end takes one more client. */
  readonly asking: number;
  /** The manager counts and writes what ended. */
  readonly counting: number;
}

const PATIENCE: Patience = { opening: 5000, asking: 15_000, counting: 2000 };
const REPLY = 60_000;
/** Sessions in a row that show as many clients of this host, and no sender. */
const ENOUGH = 3;

/** By their names; nothing was seen where nobody asked. */
export interface Asked {
  readonly asked: readonly string[];
  /** Each with the reason. */
  readonly unseen: readonly string[];
}

/** @throws SetupError `not-asked` */
export async function proveAsked(
  host: Host,
  change: ProveAsked,
  patience = PATIENCE,
): Promise<Asked> {
  const manager = new Told(host, change);
  const asked: string[] = [];
  const unseen: string[] = [];
  for (const instance of instancesOf(readPostfix(host, change.postfixDirectory))) {
    for (const door of doorsOf(host, instance)) {
      if (!asksAt(door.entrance, change.spec, instance.queueDirectory)) continue;
      const outcome = door.behindProxy
        ? { unseen: 'it hears a proxy only' }
        : await probe(door, manager, patience);
      if (outcome === 'asked') asked.push(door.name);
      else if (outcome !== 'not-asked') unseen.push(`${door.name}: ${outcome.unseen}`);
      else if (!door.everybody) unseen.push(`${door.name}: clients of this host are not filtered`);
      else throw notAsked(door, `${instance.directory}/master.cf`);
    }
  }
  return { asked, unseen };
}

function notAsked({ name, entrance }: Door, path: string): SetupError {
  return new SetupError({
    code: 'not-asked',
    message: `port ${name} takes mail and does not ask the manager (${entrance.name}, ${path}:${entrance.service.line})`,
    hint: "Postfix's log says why: look for milter in it.",
  });
}

type Seen = 'asked' | 'not-asked' | { readonly unseen: string };

async function probe(door: Door, manager: Told, patience: Patience): Promise<Seen> {
  const mark = `probe-${randomBytes(8).toString('hex')}@milter-setup.invalid`;
  const began = Date.now();
  let talks = 0;
  let counted = 0;
  // Nobody but us came, as far as the manager's counter goes.
  let alone = true;
  // Sessions of clients of this host about whose mail nobody was to be asked.
  let clients = 0;
  try {
    const before = await manager.sessions();
    do {
      const address = await talk(door, mark);
      if (address === undefined) {
        if (Date.now() - began > patience.opening) return { unseen: 'it does not listen' };
        await sleep(200);
        continue;
      }
      talks += 1;
      const until = Date.now() + patience.counting;
      do {
        if (manager.keeps(mark)) return 'asked';
        clients = manager.withoutSender(address, began);
        await sleep(100);
      } while (clients < talks && Date.now() < until);
      counted = (await manager.sessions()) - before;
      alone &&= counted === talks;
      // Then the manager is not told of their senders.
      if (clients === talks && talks >= ENOUGH) return 'asked';
    } while (Date.now() - began < patience.asking);
  } catch (error) {
    return { unseen: `the manager tells nothing: ${(error as Error).message}` };
  }
  // Mails of others are kept, and ours is not.
  if (counted === 0 || (clients === 0 && manager.keeps('', began))) return 'not-asked';
  // Where no milter wants to know of a sender, nobody tells the manager of ours.
  return alone ? 'asked' : { unseen: 'the manager does not say whose sessions it had' };
}

/** Names a sender and goes. @returns the client's address; undefined where nobody listens */
async function talk({ hosts, port, tls }: Door, sender: string): Promise<string | undefined> {
  for (const host of hosts) {
    const opened = await SmtpSession.open(host, port, REPLY, tls).catch(() => undefined);
    if (opened === undefined) continue;
    const { session } = opened;
    const { address } = session;
    const begin = async (): Promise<SmtpReply> => {
      await session.say('EHLO milter-setup.invalid');
      return await session.say(`MAIL FROM:<${sender}>`);
    };
    try {
      // RFC 3207: 530 where TLS must come first.
      if ((await begin()).code === 530 && (await session.say('STARTTLS')).code === 220) {
        session.startTls();
        await begin();
      }
      for (const line of ['RSET', 'QUIT']) await session.say(line);
    } catch {
      // Whatever it says: the manager was asked, or it was not.
    } finally {
      session.close();
    }
    return address;
  }
  return undefined;
}

/** What the running manager tells of itself. */
class Told {
  private readonly address: HttpAddress;

  constructor(
    private readonly host: Host,
    private readonly change: ProveAsked,
  ) {
    const spec = parseConnectionSpec(change.statusSpec);
    this.address =
      spec.kind === 'unix'
        ? { socketPath: spec.path }
        : { port: spec.port, host: spec.host ?? '127.0.0.1' };
  }

  /** How many have ended. @throws Error where it does not say */
  async sessions(): Promise<number> {
    const text = await httpGet(this.host, this.address, '/status', 3000);
    const { sessions } = JSON.parse(text) as { readonly sessions?: unknown };
    if (typeof sessions !== 'number') throw new Error('it speaks another language');
    return sessions;
  }

  /** Whether it has kept a mail whose sender holds these words. @param since milliseconds since 1970 */
  keeps(words: string, since = 0): boolean {
    return this.kept(since).some(
      ({ sender }) => typeof sender === 'string' && sender.includes(words),
    );
  }

  /** Sessions of that client about whose mail nobody was to be asked. */
  withoutSender(address: string, since: number): number {
    return this.kept(since).filter(
      ({ sender, client }) => sender === undefined && String(client).endsWith(`[${address}]`),
    ).length;
  }

  private kept(since: number): ReturnType<typeof readRecent> {
    return readRecent((path) => this.host.read(path), this.change.historyDirectory).filter(
      ({ event, time }) => event === 'mail' && Date.parse(String(time)) >= since,
    );
  }
}
