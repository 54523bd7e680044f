/** What a session tells about itself and its children. */
import { formatClient, type Client } from '../protocol/client-address.ts';
import { SMFIR } from '../protocol/constants.ts';
import { parseHeader } from '../protocol/headers.ts';
import type { Packet } from '../protocol/packet-reader.ts';
import type { StageName } from './commands.ts';
import type { Crew } from './crew.ts';
import type { MacroStore } from './macro-store.ts';
import type { MailReport, Observer } from './report.ts';
import { replyText, type Answer } from './verdict.ts';

/** Which session, which mail, and what its children did. */
export type SessionIdentity = Pick<MailReport, 'session' | 'queueId' | 'client' | 'children'>;

export function describeSession(
  session: number,
  client: Client | undefined,
  macros: MacroStore,
  crew: Crew,
): SessionIdentity {
  return {
    session,
    queueId: macros.value('i'),
    client: client && formatClient(client),
    children: crew.participants.map((participant) => participant.report()),
  };
}

/** The report of a client that was refused before there was a mail. @param began milliseconds */
export function refusedClient(
  identity: SessionIdentity,
  began: number,
  stage: StageName,
  answer: Answer,
): MailReport {
  const seconds = (performance.now() - began) / 1000;
  return {
    ...identity,
    sender: undefined,
    status: answer.status,
    stage,
    reply: replyText(answer),
    seconds,
  };
}

/** Tells of each header that a child adds. */
export function reportHeaders(
  observer: Observer,
  session: number,
  child: string,
  changes: readonly Packet[],
): void {
  for (const { command, data } of changes) {
    if (command !== SMFIR.ADDHEADER && command !== SMFIR.INSHEADER) continue;
    const header = parseHeader(command === SMFIR.ADDHEADER ? data : data.subarray(4));
    if (header) observer.headerAdded(session, child, header);
  }
}
