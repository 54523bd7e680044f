/** One mail from MAIL to its end: the envelope here, the content in its message. */
import { SMFIC, SMFIP } from '../../protocol/constants.ts';
import type { Negotiation } from '../../protocol/negotiation.ts';
import { wholePacket, type Packet } from '../../protocol/packet-reader.ts';
import { COMMANDS, type CommandRules, type StageName } from './commands.ts';
import type { ManagerSettings } from '../../manager-config/config.ts';
import type { Crew } from './crew.ts';
import type { MacroStore } from './macro-store.ts';
import { Message, type MessageDone, type MessageListener } from './message.ts';
import { MailFacts } from '../report/mail-facts.ts';
import type { MailReport } from '../report/report.ts';
import { CONTINUE, isRefusal, replyText, type Answer } from '../merge/verdict.ts';

/** How a mail went, as far as the transaction knows it. */
export interface TransactionReport extends Pick<
  MailReport,
  'status' | 'stage' | 'reply' | 'seconds'
> {
  readonly facts: MailFacts;
}

export class Transaction {
  readonly message: Message;
  /** The answer that ended it before the end of its content; every later command of it gets the same. */
  closed: Answer | undefined;
  /** The furthest command so far. */
  private reached: CommandRules = COMMANDS.mail;
  private readonly facts = new MailFacts();
  private recipients = 0;
  private refusal: Answer | undefined;

  constructor(
    private readonly crew: Crew,
    private readonly macros: MacroStore,
    private readonly agreed: Negotiation,
    settings: ManagerSettings,
    listener: MessageListener,
  ) {
    this.message = new Message(crew, settings, agreed, listener);
    crew.beginMessage();
  }

  /** Whether a command belongs to this mail, or begins the next one. */
  continuesWith(rules: CommandRules): boolean {
    if (rules === COMMANDS.mail) return false;
    if (this.closed === undefined) return true;
    // After a refused DATA, Postfix keeps the envelope open: it stays refused until MAIL or ABORT.
    if (isRefusal(this.closed)) return true;
    // Without MAIL nothing else tells that another mail begins, and to an accepted one no command comes any more.
    return (this.agreed.steps & SMFIP.NOMAIL) === 0;
  }

  mail(command: Packet, done: (answer: Answer) => void): void {
    this.facts.sentBy(command);
    this.crew.consult(COMMANDS.mail, wholePacket(command), (answer) => done(this.conclude(answer)));
  }

  /**
   * Macros came of a command that nobody wants, so that the MTA does not send it.
   * @param done comes when the next command may be dealt with
   */
  unwanted(rules: CommandRules, done: () => void): void {
    if (rules.order < COMMANDS.header.order) {
      this.crew.consult(rules, undefined, (answer) => {
        if (isRefusal(answer)) this.close(answer);
        done();
      });
      return;
    }
    const macros = this.macros.take(rules.command);
    if (macros) this.message.unwanted(rules, macros);
    done();
  }

  recipient(command: Packet, done: (answer: Answer) => void): void {
    this.reached = COMMANDS.rcpt;
    const agreedToRefused = (this.agreed.steps & SMFIP.RCPT_REJ) !== 0;
    const refused = agreedToRefused && this.macros.valueOf(SMFIC.RCPT, 'rcpt_mailer') === 'error';
    this.crew.consult(
      COMMANDS.rcpt,
      wholePacket(command),
      (answer) => {
        this.facts.sentTo(command, answer);
        if (isRefusal(answer)) this.refusal ??= answer;
        else if (!refused) this.recipients += 1;
        // Who was not asked about a refused recipient has not accepted the mail.
        if (refused && answer.status === 'accept') done(CONTINUE);
        else if (answer.status === 'discard' || answer.status === 'accept')
          done(this.conclude(answer));
        else done(answer);
      },
      ({ steps }) => !refused || (steps & SMFIP.RCPT_REJ) !== 0,
    );
  }

  data(command: Packet, done: (answer: Answer) => void): void {
    this.reached = COMMANDS.data;
    for (const participant of this.crew.participants) {
      if (participant.refusedEveryRecipient) participant.abort();
    }
    for (const shadow of this.crew.shadows) shadow.beginContent();
    this.crew.consult(COMMANDS.data, wholePacket(command), (answer) => done(this.conclude(answer)));
  }

  /** Headers, end of headers, body: the verdict where there is one already. */
  content(rules: CommandRules, command: Packet): Answer | undefined {
    this.reached = rules;
    if (rules === COMMANDS.header) this.facts.hasHeader(command);
    else if (rules === COMMANDS.body) this.facts.hasBody(command);
    const macros = this.macros.take(rules.command);
    this.message.content(rules, macros, command);
    return this.message.verdict;
  }

  end(command: Packet, done: MessageDone): void {
    this.reached = COMMANDS.endOfMessage;
    this.facts.hasBody(command);
    const macros = this.macros.take(SMFIC.BODYEOB);
    this.message.end(macros, command, (answer, changes) => {
      this.closed = answer;
      done(answer, changes);
    });
  }

  /** The mail is refused, or nobody wants more of it. */
  close(answer: Answer): void {
    this.closed = answer;
    this.crew.abortMessage();
    this.message.cancel(answer);
  }

  /** The MTA gives the mail up. */
  abort(): void {
    this.crew.abortMessage();
    this.message.cancel();
  }

  report(): TransactionReport {
    const { closed, reached } = this;
    const refusedAll = closed === undefined && this.recipients === 0 ? this.refusal : undefined;
    const answer = closed ?? refusedAll;
    return {
      facts: this.facts,
      status:
        answer === undefined ? 'abort' : answer.status === 'continue' ? 'pass' : answer.status,
      stage: refusedAll ? COMMANDS.rcpt.stage : (reached.stage satisfies StageName),
      reply: answer && replyText(answer),
      seconds: (performance.now() - this.message.began) / 1000,
    };
  }

  private conclude(answer: Answer): Answer {
    if (isRefusal(answer) || answer.status === 'accept') this.close(answer);
    return answer;
  }
}
