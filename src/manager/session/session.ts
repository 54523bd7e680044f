/** One SMTP session as the MTA tells it: every command gets exactly one reply, in every state. */
import type { Socket } from 'node:net';
import { parseClient, type Client } from '../../protocol/client-address.ts';
import { SMFIC } from '../../protocol/constants.ts';
import { decodeNegotiation, type Negotiation } from '../../protocol/negotiation.ts';
import { wholePacket, type Packet } from '../../protocol/packet-reader.ts';
import { agree, NO_AGREEMENT, offerToChildren } from './agreement.ts';
import { assembleCrew } from './assemble-crew.ts';
import { COMMANDS, rulesOf, type CommandRules } from './commands.ts';
import type { Circumstances } from '../conditions/condition.ts';
import type { ManagerSettings } from '../../manager-config/config.ts';
import type { Crew } from './crew.ts';
import { MacroStore } from './macro-store.ts';
import { isWellFormedCommand } from '../gate/command-layout.ts';
import { Gate } from '../gate/gate.ts';
import { Guard } from './guard.ts';
import { MtaLink } from '../gate/mta-link.ts';
import { addressOf } from '../report/mail-facts.ts';
import type { Observer } from '../report/report.ts';
import type { Runtime } from '../child/runtime.ts';
import { SessionReport } from '../report/session-report.ts';
import { Transaction } from './transaction.ts';
import { CONTINUE, isRefusal, TEMPFAIL, type Answer } from '../merge/verdict.ts';

/** What a session needs of the manager. */
export interface SessionHost {
  readonly observer: Observer;
  /** Sessions open in this process, this one included. */
  readonly openSessions: number;
  sessionEnded(session: Session): void;
}

const UNKNOWN_CLIENT: Client = { host: 'unknown', address: { family: 'unknown' } };

export class Session {
  private readonly mta: MtaLink;
  private readonly gate: Gate;
  private readonly guard = new Guard((error) => this.fault(error));
  private readonly macros = new MacroStore();
  private readonly report: SessionReport;
  crew: Crew;
  private offer: Negotiation | undefined;
  private agreed = NO_AGREEMENT;
  client: Client | undefined;
  /** Argument of the last HELO or EHLO. */
  helo: string | undefined;
  private transaction: Transaction | undefined;
  private readonly settings: ManagerSettings;
  private over = false;

  /**
   * @param refused the manager takes no more sessions: every command gets a temporary failure, no child is asked
   */
  constructor(
    readonly id: number,
    socket: Socket,
    private readonly runtime: Runtime,
    private readonly host: SessionHost,
    private refused = false,
  ) {
    this.settings = runtime.configuration.manager;
    this.report = new SessionReport(id, this, this.macros, host.observer);
    this.gate = new Gate((packet) => this.over || this.mta.send(packet), refused);
    this.crew = this.assemble();
    const listener = {
      received: (command: Packet) => this.guard.run(() => this.receive(command)) ?? false,
      closed: (reason: string | undefined) => this.end(reason),
    };
    this.mta = new MtaLink(socket, this.settings.max_packet_size, listener, this.guard);
  }

  /** Whether no mail is in progress: nothing is lost when the session ends now. */
  get isBetweenMails(): boolean {
    return this.transaction === undefined;
  }

  /** Whether its MTA has been told to come again. */
  get isPutOff(): boolean {
    return this.gate.hasPutOff;
  }

  /** Ends it from our side: the manager stops. */
  close(): void {
    this.mta.close();
  }

  private assemble(): Crew {
    const milters = this.refused ? [] : this.runtime.milters;
    return assembleCrew(milters, this.settings.max_queue, this.macros, {
      // An MTA that has yet to read what it was sent waits without being told, and must not make us keep more and more.
      progressed: () => this.mta.isEmpty && this.gate.progress(),
      drained: () => this.drained(),
      settled: () => {
        this.transaction?.message.settled();
        this.drained();
      },
      failed: (name, failure, stage) => this.report.childFailed(name, failure, stage),
      mended: (name, said, answer) => this.report.replyMended(name, said, answer),
      recovered: (name) => this.report.warn(`${name} answers again`),
      faulted: (error) => this.fault(error),
      shadowEnded: (report) => this.report.shadowEnded(report),
    });
  }

  /** A fault of ours: what it leaves behind is nothing that a mail may pass through. */
  private fault(error: unknown): void {
    this.report.internalError(error);
    if (this.agreed === NO_AGREEMENT) this.mta.close();
    else this.turnAway();
  }

  /** The rest of the session gets temporary failures, and no child hears of it. */
  private turnAway(): void {
    if (this.over) return;
    this.gate.refuse();
    if (!this.refused) {
      this.refused = true;
      this.guard.run(() => this.abort());
      this.guard.run(() => this.crew.leave());
      this.crew = this.assemble();
      this.drained();
    }
    this.mta.next();
  }

  /** @returns whether the command is dealt with */
  private receive(command: Packet): boolean {
    if (this.offer === undefined && command.command !== SMFIC.OPTNEG) {
      if (command.command !== SMFIC.QUIT) this.report.warn('the MTA does not negotiate first');
      this.mta.close();
      return false;
    }
    const rules = rulesOf(command.command);
    if (rules) this.gate.asked(rules);
    if (!isWellFormedCommand(command)) {
      this.report.malformedCommand(command);
      this.turnAway();
      return true;
    }
    if (this.refused && rules) {
      this.gate.answer(TEMPFAIL);
      return true;
    }
    switch (command.command) {
      case SMFIC.OPTNEG:
        return this.negotiate(command);
      case SMFIC.MACRO:
        return this.define(command);
      case SMFIC.CONNECT:
        this.client = parseClient(command.data);
        this.crew.judgeClient(this.circumstances());
        return this.consultSession(COMMANDS.connect, command);
      case SMFIC.HELO:
        this.helo = addressOf(command);
        return this.consultSession(COMMANDS.helo, command);
      case SMFIC.UNKNOWN:
        return this.consultSession(COMMANDS.unknown, command);
      case SMFIC.MAIL:
        return this.mail(command);
      case SMFIC.RCPT:
        return this.inTransaction(COMMANDS.rcpt, (mail, done) => mail.recipient(command, done));
      case SMFIC.DATA:
        return this.inTransaction(COMMANDS.data, (mail, done) => mail.data(command, done));
      case SMFIC.HEADER:
        return this.content(COMMANDS.header, command);
      case SMFIC.EOH:
        return this.content(COMMANDS.endOfHeader, command);
      case SMFIC.BODY:
        return this.content(COMMANDS.body, command);
      case SMFIC.BODYEOB:
        return this.endOfMessage(command);
      case SMFIC.ABORT:
        this.abort();
        return true;
      case SMFIC.QUIT_NC:
        this.startOver();
        this.crew.open(offerToChildren(this.offer!), () => this.mta.next());
        return false;
      case SMFIC.QUIT:
        return this.hangUp(undefined);
      default:
        return this.hangUp(`the MTA sent an unknown command 0x${command.command.toString(16)}`);
    }
  }

  private hangUp(reason: string | undefined): false {
    if (reason !== undefined) this.report.warn(reason);
    this.mta.close();
    return false;
  }

  private negotiate(command: Packet): boolean {
    const offer = decodeNegotiation(command.data);
    if (offer === undefined || offer.version < 2) {
      return this.hangUp('the MTA offers no protocol that we know');
    }
    if (this.offer) this.startOver();
    this.offer = offer;
    this.crew.open(offerToChildren(offer), () => {
      if (this.over) return;
      const everything = this.refused || this.crew.shadows.length > 0;
      this.agreed = agree(offer, this.crew.participants, this.runtime, everything);
      this.gate.negotiate(this.agreed);
      this.mta.next();
    });
    return false;
  }

  /** Postfix sends the macros of a command that nobody wants, too: nothing follows that they could go with. */
  private define(macros: Packet): boolean {
    this.macros.define(macros);
    const rules = rulesOf(macros.data[0] ?? 0);
    if (!rules || this.refused || (this.agreed.steps & rules.unwanted) === 0) return true;
    const next = (): void => this.mta.next();
    if (rules.order === 0) {
      this.crew.consult(rules, undefined, next);
      return false;
    }
    const { transaction } = this;
    const isOpen = transaction !== undefined && transaction.closed === undefined;
    const mail = isOpen ? transaction : this.transactionFor(rules);
    if (mail.closed) return true;
    mail.unwanted(rules, () => {
      if (mail.closed) this.reportMail(mail);
      next();
    });
    return false;
  }

  private consultSession(rules: CommandRules, command: Packet): boolean {
    this.crew.consult(rules, wholePacket(command), (answer) => {
      // The MTA tells no more of its mail then: nothing else would say what becomes of it.
      if (isRefusal(answer) || answer.status === 'accept') {
        this.report.clientJudged(rules.stage, answer);
      }
      this.gate.answer(answer);
      this.mta.next();
    });
    return false;
  }

  private mail(command: Packet): boolean {
    const mail = this.beginMail(COMMANDS.mail);
    this.crew.judgeSender(this.circumstances(addressOf(command)));
    mail.mail(command, (answer) => this.answered(mail, answer));
    return false;
  }

  private inTransaction(
    rules: CommandRules,
    ask: (mail: Transaction, done: (answer: Answer) => void) => void,
  ): boolean {
    const mail = this.transactionFor(rules);
    if (mail.closed) {
      this.gate.answer(mail.closed);
      return true;
    }
    ask(mail, (answer) => this.answered(mail, answer));
    return false;
  }

  private content(rules: CommandRules, command: Packet): boolean {
    const mail = this.transactionFor(rules);
    const verdict = mail.closed ?? mail.content(rules, command);
    if (this.gate.owesAnswer) {
      if (verdict && mail.closed === undefined) {
        mail.close(verdict);
        this.reportMail(mail);
      }
      this.gate.answer(verdict ?? CONTINUE);
    }
    if (rules === COMMANDS.body && mail.message.backlog > this.settings.max_queue) this.mta.hold();
    return true;
  }

  private endOfMessage(command: Packet): boolean {
    const mail = this.transactionFor(COMMANDS.endOfMessage);
    if (mail.closed) {
      this.gate.answer(mail.closed);
      this.abort();
      return true;
    }
    mail.end(command, (answer, changes) => {
      if (this.over) return;
      this.gate.change(changes);
      this.transaction = undefined;
      this.answered(mail, answer);
    });
    return false;
  }

  private answered(mail: Transaction, answer: Answer): void {
    if (this.over) return;
    if (mail.closed) this.reportMail(mail);
    this.gate.answer(answer);
    this.mta.next();
  }

  private transactionFor(rules: CommandRules): Transaction {
    const mail = this.transaction;
    return mail?.continuesWith(rules) ? mail : this.beginMail(rules);
  }

  private beginMail({ command }: CommandRules): Transaction {
    this.abort(command);
    this.transaction = new Transaction(this.crew, this.macros, this.agreed, this.settings, {
      drained: () => this.drained(),
      modified: ({ milter }, changes) => this.report.headersAdded(milter.settings.name, changes),
      faulted: (error) => this.fault(error),
      spoolFailed: (error) => this.report.warn(`spool file: ${String(error)}`),
    });
    return this.transaction;
  }

  /** @param next the command that begins another mail, if one does */
  private abort(next?: number): void {
    const mail = this.transaction;
    this.transaction = undefined;
    if (mail === undefined) return;
    if (mail.closed === undefined) {
      mail.abort();
      this.report.mailEnded(mail.report());
    }
    this.macros.forgetMessage(next);
  }

  /** The MTA keeps the connection for another SMTP client: children get a new session each. */
  private startOver(): void {
    this.abort();
    this.crew.leave();
    this.macros.forgetSession();
    this.client = undefined;
    this.helo = undefined;
    this.gate.startOver();
    this.crew = this.assemble();
  }

  private drained(): void {
    const mail = this.transaction;
    mail?.message.drained();
    if (!this.mta.isHeld) return;
    if (mail === undefined || mail.message.backlog <= this.settings.max_queue / 2)
      this.mta.resume();
  }

  private circumstances(sender = ''): Circumstances {
    return {
      client: this.client ?? UNKNOWN_CLIENT,
      macro: (name) => this.macros.value(name),
      sessions: this.host.openSessions,
      sender,
    };
  }

  private reportMail(mail: Transaction): void {
    this.report.mailEnded(mail.report());
    this.macros.forgetMessage();
  }

  private end(reason: string | undefined): void {
    if (this.over) return;
    if (reason !== undefined) this.report.warn(`connection of the MTA: ${reason}`);
    this.over = true;
    this.guard.run(() => this.abort());
    this.guard.run(() => this.crew.leave());
    this.host.sessionEnded(this);
  }
}
