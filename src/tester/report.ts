/** A {@link Result} for people and for programs. Pure; text is latin1, a character a byte. */

import { diffArrays } from 'diff';
import { isFailure, type Answer, type Message, type Result, type SmtpReply } from './result.ts';
import { bracketed, type Envelope } from './mail.ts';

export interface ReportOptions {
  /** Show the resulting message as a diff to the one that was sent. */
  readonly message: boolean;
  /** Show each answer. */
  readonly answers: boolean;
  readonly color: boolean;
}

/** The lines that milter-test-server prints: `status: pass`, `elapsed-time: 0.128 seconds`, and what else there is to tell. */
export function textReport(result: Result, options: ReportOptions): string {
  const lines: string[] = [];
  if (options.answers) lines.push(...result.answers.map(answerLine));
  if (result.status === 'cannot-connect') {
    const { problem = '', hint } = result;
    return [...lines, problem, ...(hint === undefined ? [] : [hint]), ''].join('\n');
  }
  const reply = result.reply === undefined ? '' : ` ${replyText(result.reply)}`;
  lines.push(
    `status: ${result.status}${reply}`,
    `elapsed-time: ${seconds(result.elapsedMilliseconds)}`,
  );
  if (result.stage !== undefined) lines.push(`stage: ${result.stage}`);
  if (result.problem !== undefined) lines.push(`problem: ${result.problem}`);
  if (result.quarantineReason !== undefined) {
    lines.push(`Quarantine reason: <${result.quarantineReason}>`);
  }
  lines.push(...refusals(result), ...result.warnings.map((warning) => `warning: ${warning}`));
  if (options.message && !isFailure(result.status))
    lines.push(...messageDiff(result, options.color));
  return `${lines.join('\n')}\n`;
}

/** One line of JSON; strings hold a byte a character. */
export function jsonReport(result: Result): string {
  return `${JSON.stringify({ schema: 1, ...result })}\n`;
}

/** `[550]<5.7.1>(text)`; further lines of the reply on lines of their own. */
function replyText({ code, enhanced, lines }: SmtpReply): string {
  const status = enhanced === undefined ? '' : `<${enhanced}>`;
  return `[${code}]${status}(${lines.join('\n  ')})`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} seconds`;
}

function answerLine({ stage, subject, answer, reply, milliseconds }: Answer): string {
  const about = subject === undefined ? '' : ` ${subject}`;
  const text = reply === undefined ? '' : ` ${replyText(reply)}`;
  return `${stage}${about}: ${answer}${text} (${milliseconds.toFixed(1)} ms)`;
}

/** Recipients that the milter refused while others stayed. */
function refusals(result: Result): string[] {
  if (result.stage === 'envelope-recipient') return [];
  return result.answers
    .filter((each) => each.stage === 'envelope-recipient')
    .filter((each) => each.answer === 'reject' || each.answer === 'temporary-failure')
    .map(({ subject = '', answer, reply }) => {
      const text = reply === undefined ? '' : ` ${replyText(reply)}`;
      return `recipient refused: ${bracketed(subject)} ${answer}${text}`;
    });
}

function messageDiff({ before, message }: Result, color: boolean): string[] {
  return [
    'Envelope:------------------------------------',
    ...diffLines(envelopeLines(before), envelopeLines(message), color),
    'Header:--------------------------------------',
    ...diffLines(headerLines(before), headerLines(message), color),
    'Body:----------------------------------------',
    ...diffLines(bodyLines(before), bodyLines(message), color),
  ];
}

function envelopeLines({ from, recipients }: Message): string[] {
  const words = ({ address, arguments: esmtp }: Envelope) =>
    [bracketed(address), ...esmtp].join(' ');
  return [
    `MAIL FROM:${words(from)}`,
    ...recipients.map((recipient) => `RCPT TO:${words(recipient)}`),
  ];
}

function headerLines({ headers }: Message): string[] {
  return headers.map(({ name, value }) => `${name}:${value}`);
}

function bodyLines({ body }: Message): string[] {
  const lines = body.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function diffLines(before: string[], after: string[], color: boolean): string[] {
  return diffArrays(before, after).flatMap(({ added, removed, value }) => {
    const sign = added ? '+' : removed ? '-' : ' ';
    // The further lines of a folded header stand under its first.
    const lines = value.map((line) => `${sign} ${line.replaceAll('\n', `\n${sign} `)}`);
    return color ? lines.map((line) => colored(sign, line)) : lines;
  });
}

const GREEN = '\x1b[32m';
const RED = '\x1b[31m';
const PLAIN = '\x1b[0m';

function colored(sign: '+' | '-' | ' ', line: string): string {
  if (sign === ' ') return line;
  return `${sign === '+' ? GREEN : RED}${line}${PLAIN}`;
}
