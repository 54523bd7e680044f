/** The children of one session: those whose answers count, and the shadows that only watch. */
import { SMFIC } from '../../protocol/constants.ts';
import type { Offer } from '../child/offer.ts';
import type { CommandRules } from './commands.ts';
import type { Circumstances, ExtraMacros } from '../conditions/condition.ts';
import type { MacroStore } from './macro-store.ts';
import type { Participant } from '../child/participant.ts';
import type { Shadow } from '../child/shadow.ts';
import { nobodysAnswer } from '../gate/legal-answer.ts';
import { merge, type Answer } from '../merge/verdict.ts';

export class Crew {
  /** Those on whom conditions look. */
  private readonly judged: readonly Participant[];
  private readonly extraMacros = new Map<Participant, ExtraMacros>();

  constructor(
    readonly participants: readonly Participant[],
    readonly shadows: readonly Shadow[],
    private readonly macros: MacroStore,
  ) {
    const everyone = [...participants, ...shadows.map(({ participant }) => participant)];
    this.judged = everyone.filter(({ milter }) => milter.conditions.length > 0);
  }

  /** Connects to all; `done` comes when those that count have negotiated or failed. */
  open(offer: Offer, done: () => void): void {
    for (const shadow of this.shadows) shadow.open(offer);
    let waiting = this.participants.length;
    if (waiting === 0) done();
    for (const participant of this.participants) {
      participant.open(offer, () => {
        waiting -= 1;
        if (waiting === 0) done();
      });
    }
  }

  /** Lets the conditions look at the client: who is stopped here has no part in the session. */
  judgeClient(circumstances: Circumstances): void {
    for (const participant of this.judged) {
      for (const condition of participant.milter.conditions) {
        const reason = condition.atConnect?.(circumstances);
        if (reason !== undefined) participant.stop(condition.name, reason, 'connect', true);
        this.addMacros(participant, condition.macrosAtConnect?.(circumstances));
      }
    }
  }

  /** Lets the conditions look at the sender: who is stopped here has no part in the message. */
  judgeSender(circumstances: Circumstances): void {
    for (const participant of this.judged) {
      for (const condition of participant.milter.conditions) {
        const reason = condition.atMail?.(circumstances);
        if (reason !== undefined) participant.stop(condition.name, reason, 'envelope-from', false);
        this.addMacros(participant, condition.macrosAtMail?.(circumstances));
      }
    }
  }

  /**
   * Puts a command to everyone at once; `done` comes with the merged answer when all that count have answered.
   * @param bytes undefined where the MTA does not send it, and only its macros came
   * @param mayHear who may see it; all where not given
   */
  consult(
    rules: CommandRules,
    bytes: Buffer | undefined,
    done: (answer: Answer) => void,
    mayHear: (participant: Participant) => boolean = () => true,
  ): void {
    const chosen = this.participants.filter(mayHear);
    const macros = this.macros.take(rules.command);
    for (const shadow of this.shadows)
      shadow.ask(rules, this.withExtra(shadow.participant, rules, macros), bytes, mayHear);
    const answers: (Answer | undefined)[] = [];
    let waiting = chosen.length;
    const merged = (): Answer => merge(answers, nobodysAnswer(rules));
    if (waiting === 0) done(merged());
    for (const [place, participant] of chosen.entries()) {
      participant.ask(rules, this.withExtra(participant, rules, macros), bytes, (answer) => {
        answers[place] = answer;
        waiting -= 1;
        if (waiting === 0) done(merged());
      });
    }
    if (rules.command === SMFIC.CONNECT || rules.command === SMFIC.MAIL) this.extraMacros.clear();
  }

  beginMessage(): void {
    for (const participant of this.participants) participant.beginMessage();
    for (const shadow of this.shadows) shadow.beginMessage();
  }

  abortMessage(): void {
    for (const participant of this.participants) participant.abort();
    for (const shadow of this.shadows) shadow.abort();
  }

  /** Ends all in good order. */
  leave(): void {
    for (const participant of this.participants) participant.leave();
    for (const shadow of this.shadows) shadow.leave();
  }

  private addMacros(participant: Participant, extra: ExtraMacros | undefined): void {
    if (extra === undefined || Object.keys(extra).length === 0) return;
    this.extraMacros.set(participant, { ...this.extraMacros.get(participant), ...extra });
  }

  private withExtra(
    participant: Participant,
    rules: CommandRules,
    macros: Buffer | undefined,
  ): Buffer | undefined {
    if (this.extraMacros.size === 0) return macros;
    const extra = this.extraMacros.get(participant);
    return extra ? this.macros.takeWith(rules.command, extra) : macros;
  }
}
