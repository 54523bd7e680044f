/** The answers file: `key = value` lines in ini syntax, written by `--save-answers` and read by `--answers`. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { parse } from 'ini';
import { EXIT, SetupError } from '../host/setup-error.ts';
import { nearest } from './nearest.ts';
import { formatAnswer } from './parse.ts';
import type { Answers } from './questions.ts';
import { QUESTIONS } from './questions.ts';

export interface AnswersFile {
  readonly path: string;
  /** Texts by key. */
  readonly values: Readonly<Record<string, string>>;
}

/** The admin's own file, on the machine where the program runs (also with `--root`). @throws SetupError `bad-answers-file` */
export function readAnswersFile(path: string): AnswersFile {
  let text: string;
  try {
    // A pipe that nobody writes into would hold us for ever.
    if (!statSync(path).isFile()) throw new Error('it is no regular file');
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw bad(
      `cannot read the answers file ${path}: ${(error as Error).message}`,
      undefined,
      error,
    );
  }
  return { path, values: parseAnswersFile(text, path) };
}

/** The texts by key; a key that no question has is an error. @throws SetupError `bad-answers-file` */
export function parseAnswersFile(text: string, path: string): Readonly<Record<string, string>> {
  const keys = QUESTIONS.map((question): string => question.key);
  const values: Record<string, string> = {};
  refuseRepeated(text, path);
  for (const [key, value] of Object.entries(parse(text))) {
    if (!keys.includes(key)) {
      const meant = nearest(key, keys);
      const hint =
        meant === undefined ? `known keys: ${keys.join(', ')}` : `did you mean ${meant}?`;
      throw bad(`${path}: no question has the key "${key}"`, hint);
    }
    // ini makes true, false and null of those words, and an array of `key[]`.
    if (typeof value === 'object' && value !== null) {
      throw bad(`${path}: "${key}" must be a single line: ${key} = VALUE`);
    }
    values[key] = String(value);
  }
  return values;
}

/** Of two answers to one question one would be lost without a word. @throws SetupError `bad-answers-file` */
function refuseRepeated(text: string, path: string): void {
  const lines = new Map<string, number>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const key = /^\s*([^\s;#=[\]]+)\s*=/.exec(line)?.[1];
    if (key === undefined) continue;
    const first = lines.get(key);
    if (first !== undefined) {
      throw bad(
        `${path}:${index + 1}: "${key}" is given again; line ${first} has it already`,
        'Leave one of them.',
      );
    }
    lines.set(key, index + 1);
  }
}

/** The file's text: every question's summary as a comment, then its answer. */
export function formatAnswersFile(answers: Answers): string {
  const lines = QUESTIONS.map(
    ({ key, summary }) => `; ${summary}\n${key} = ${formatAnswer(answers[key])}\n`,
  );
  return `; Answers for milter-setup. Use them again: milter-setup --answers FILE\n\n${lines.join('\n')}`;
}

/** @throws SetupError `bad-answers-file` */
export function saveAnswersFile(path: string, answers: Answers): void {
  try {
    writeFileSync(path, formatAnswersFile(answers));
  } catch (error) {
    throw bad(
      `cannot write the answers file ${path}: ${(error as Error).message}`,
      undefined,
      error,
    );
  }
}

function bad(message: string, hint?: string, cause?: unknown): SetupError {
  return new SetupError({
    code: 'bad-answers-file',
    message,
    ...(hint === undefined ? {} : { hint }),
    exitCode: EXIT.usage,
    cause,
  });
}
