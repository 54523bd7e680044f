/** The gate to the MTA: one answer for each command that has one, in a form that it obeys. */
import { SMFIR } from '../../protocol/constants.ts';
import { encodeNegotiation, type Negotiation } from '../../protocol/negotiation.ts';
import { packet } from '../../protocol/packet-writer.ts';
import type { CommandRules } from '../session/commands.ts';
import { TEMPFAIL, type Answer } from '../merge/verdict.ts';
import { obeyed } from './legal-answer.ts';

const PROGRESS = packet(SMFIR.PROGRESS);

export class Gate {
  private steps = 0;
  private owed: CommandRules | undefined;
  private afterMail = false;
  private putOff = false;

  /**
   * @param send takes a packet on its way to the MTA
   * @param refused every command gets a temporary failure
   */
  constructor(
    private readonly send: (packet: Buffer) => void,
    private refused: boolean,
  ) {}

  /** Tells the MTA what is agreed. Another SMTP session begins. */
  negotiate(agreed: Negotiation): void {
    this.steps = agreed.steps;
    this.startOver();
    this.send(encodeNegotiation(agreed));
  }

  /** Another SMTP session begins under the same agreement. */
  startOver(): void {
    this.owed = undefined;
    this.afterMail = false;
  }

  /** The MTA has said a command. */
  asked(rules: CommandRules): void {
    if (rules.order > 0) this.afterMail = true;
    this.owed = (this.steps & rules.unanswered) === 0 ? rules : undefined;
  }

  /** Whether the MTA waits for an answer. */
  get owesAnswer(): boolean {
    return this.owed !== undefined;
  }

  /** Answers the last command, where it is to be answered and has not been. */
  answer(answer: Answer): void {
    if (this.owed === undefined) return;
    const legal = this.refused ? TEMPFAIL : obeyed(this.owed, answer, this.afterMail);
    this.owed = undefined;
    this.putOff ||= this.refused;
    this.send(legal.packet);
  }

  /** Whether the MTA has heard that it is to come again. */
  get hasPutOff(): boolean {
    return this.putOff;
  }

  /** Changes of the message, on the way to the answer to its end. */
  change(packets: readonly Buffer[]): void {
    if (this.owed === undefined || this.refused) return;
    for (const each of packets) this.send(each);
  }

  /** A child needs more time for what the MTA waits for. */
  progress(): void {
    if (this.owed !== undefined) this.send(PROGRESS);
  }

  /** From now on every command gets a temporary failure; so does the one at hand. */
  refuse(): void {
    this.refused = true;
    this.answer(TEMPFAIL);
  }
}
