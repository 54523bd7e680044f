/** What a session tells about itself and its children. */
import type { Finding } from '../../history/columns.ts';
import { formatClient, type Client } from '../../protocol/client-address.ts';
import { SMFIR } from '../../protocol/constants.ts';
import { parseHeader } from '../../protocol/headers.ts';
import type { Packet } from '../../protocol/packet-reader.ts';
import type { Failure } from '../child/failure.ts';
import { rulesOf, type StageName } from '../session/commands.ts';
import type { Crew } from '../session/crew.ts';
import type { MacroStore } from '../session/macro-store.ts';
import { findingsOf } from './findings.ts';
import { MailFacts } from './mail-facts.ts';
import { traceOf } from './printable.ts';
import type { ChildReport, Observer } from './report.ts';
import type { TransactionReport } from '../session/transaction.ts';
import { replyText, type Answer } from '../merge/verdict.ts';

/** The session whose part in the log this is. */
export interface Reported {
  readonly client: Client | undefined;
  readonly helo: string | undefined;
  readonly crew: Crew;
}

/** Headers of one child in one mail that are told one by one, and how much of each. */
const HEADERS_TOLD = 50;
const VALUE_TOLD = 1000;

export class SessionReport {
  private readonly began = performance.now();
  /** What the headers tell that children added to the mail at hand. */
  private findings = new Map<string, Set<Finding>>();
  /** It was told that all mail of this client passes. */
  private passed = false;

  constructor(
    private readonly id: number,
    private readonly session: Reported,
    private readonly macros: MacroStore,
    private readonly observer: Observer,
  ) {}

  mailEnded({ facts, status, stage, reply, seconds }: TransactionReport): void {
    const { client, helo, crew } = this.session;
    const found = this.findings;
    this.findings = new Map();
    this.observer.mailEnded({
      session: this.id,
      queueId: this.macros.value('i'),
      client: client && formatClient(client),
      helo,
      authenticated: this.macros.value('auth_authen'),
      tls: this.macros.value('tls_version'),
      sender: facts.sender,
      recipients: facts.recipients,
      recipientCount: facts.recipientCount,
      messageId: facts.messageId,
      bytes: facts.bytes,
      ...{ status, stage, reply, seconds },
      children: crew.participants.map((participant) => {
        const report = participant.report();
        const findings = found.get(report.name);
        return findings === undefined ? report : { ...report, findings: [...findings] };
      }),
    });
  }

  /** A client was refused before there was a mail, or all of its mail is let pass since nobody is asked about it. */
  clientJudged(stage: StageName, answer: Answer): void {
    if (answer.status === 'accept' && this.passed) return;
    this.passed ||= answer.status === 'accept';
    this.mailEnded({
      facts: new MailFacts(),
      status: answer.status,
      stage,
      reply: replyText(answer),
      seconds: (performance.now() - this.began) / 1000,
    });
  }

  childFailed(child: string, failure: Failure, stage: StageName): void {
    this.observer.childFailed(this.id, child, stage, failure);
  }

  shadowEnded(report: ChildReport): void {
    this.observer.shadowEnded(this.id, report);
  }

  /** Tells of each header that a child adds, unless they are too many for the log. */
  headersAdded(child: string, changes: readonly Packet[]): void {
    const adding = changes.filter(
      ({ command }) => command === SMFIR.ADDHEADER || command === SMFIR.INSHEADER,
    );
    for (const { command, data } of adding.slice(0, HEADERS_TOLD)) {
      const header = parseHeader(command === SMFIR.ADDHEADER ? data : data.subarray(4));
      if (!header) continue;
      const { name, value } = header;
      this.observer.headerAdded(this.id, child, { name, value: value.subarray(0, VALUE_TOLD) });
      for (const finding of findingsOf(header)) this.found(child, finding);
    }
    const more = adding.length - HEADERS_TOLD;
    if (more > 0) this.warn(`${child} added ${more} more headers, which are not listed`);
  }

  private found(child: string, finding: Finding): void {
    const findings = this.findings.get(child) ?? new Set();
    this.findings.set(child, findings.add(finding));
  }

  /** Told once a child, until the configuration is read again. */
  replyMended(child: string, said: string, answer: Answer): void {
    const sent = replyText(answer) ?? answer.status;
    this.warn(`${child} replies "${said}", which MTAs do not take: they get "${sent}"`);
  }

  /** Whoever says it is no MTA that we know. */
  malformedCommand({ command, data }: Packet): void {
    const name = rulesOf(command)?.stage ?? `'${String.fromCharCode(command)}'`;
    this.warn(
      `the MTA sent a malformed ${name} command, ${data.length} bytes: all is refused from now on`,
    );
  }

  /** A fault of ours. */
  internalError(error: unknown): void {
    this.warn(`internal error: ${traceOf(error)}`);
  }

  warn(text: string): void {
    this.observer.warn(this.id, text);
  }
}
