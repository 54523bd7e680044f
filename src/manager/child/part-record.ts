/** What is told about one milter's part in a mail: how far it came, what counted, and why. */
import type { ConditionName } from '../../manager-config/keys.ts';
import type { StageName } from '../session/commands.ts';
import { replyText, type Answer } from '../merge/verdict.ts';
import type { ChildReport } from '../report/report.ts';
import type { Milter } from './runtime.ts';

export class PartRecord {
  /** Of the command that it was asked last. */
  stage: StageName = 'negotiate';
  private status: ChildReport['status'] = 'pass';
  private reason: string | undefined;
  /** Its last word about this message. */
  private word: Answer | undefined;
  private condition: ConditionName | undefined;
  private asked = false;
  /** Its fallback counts for this message, not a word of its own. */
  private missed = false;
  private milliseconds = 0;

  /** Another message begins. @param involved it has a part in it, as far as is known */
  begin(involved: boolean): void {
    this.milliseconds = 0;
    this.asked = false;
    this.missed = false;
    this.word = undefined;
    if (!involved) return;
    this.status = 'pass';
    this.reason = undefined;
    this.condition = undefined;
  }

  /** It is given a command, or content. */
  given(stage: StageName): void {
    this.stage = stage;
    this.asked = true;
  }

  took(milliseconds: number): void {
    this.milliseconds += milliseconds;
  }

  said(word: Answer): void {
    this.status = word.status;
    this.word = word;
  }

  /** What it said to the client holds for the mail. */
  saidBefore(word: Answer): void {
    this.status = word.status;
  }

  /** Its fallback counts. */
  missing(fallback: Answer, reason: string): void {
    this.missed = true;
    this.status = fallback.status;
    this.reason = reason;
  }

  stopped(condition: ConditionName, reason: string, stage: StageName): void {
    this.stage = stage;
    this.condition = condition;
    this.status = 'stop';
    this.reason = reason;
  }

  /** Who is not asked cannot be missed. */
  notMissed(): void {
    this.missed = false;
  }

  report({ settings }: Milter): ChildReport {
    const { stage, status, asked, milliseconds, reason, condition, missed: fallback } = this;
    const { name, evaluation_mode: shadow } = settings;
    const reply = fallback || this.word === undefined ? undefined : replyText(this.word);
    return {
      ...{ name, status, fallback, asked, stage, milliseconds, reason, condition, shadow },
      reply,
    };
  }
}
