/** One reading of an answer's text, wherever it comes from: flag, file, environment, last run or prompt. */
import type { AnswerValue, Choice, Question, QuestionFacts } from './question.ts';
import { nearest } from './nearest.ts';

export type Parsed =
  | { readonly value: AnswerValue }
  | {
      readonly problem: string;
      /** What would be accepted. */
      readonly accepted?: string;
    };

/** The value that `text` means for the question, validated; or what is wrong with it. */
export function parseAnswer(question: Question, text: string, facts: QuestionFacts): Parsed {
  const word = text.trim();
  switch (question.type) {
    case 'checkbox': {
      const picked: string[] = [];
      for (const each of words(word)) {
        const found = pick(each, question.choices(facts));
        if ('problem' in found) return found;
        if (!picked.includes(found.value)) picked.push(found.value);
      }
      return validated(picked, question.validate?.(picked, facts));
    }
    case 'choice': {
      const found = pick(word, question.choices(facts));
      if ('problem' in found) return found;
      return validated(found.value, question.validate?.(found.value, facts));
    }
    case 'number': {
      const accepted = `a number from ${question.least} to ${question.most}`;
      if (!/^\d{1,15}$/.test(word)) return { problem: `"${word}" is not a number`, accepted };
      const value = Number(word);
      if (value < question.least || value > question.most) {
        return { problem: `${value} is out of range`, accepted };
      }
      return validated(value, question.validate?.(value, facts));
    }
    case 'list': {
      const values: string[] = [];
      for (const each of words(word)) {
        const found = question.normalise?.(each) ?? { value: each };
        if ('problem' in found) return found;
        if (!values.includes(found.value)) values.push(found.value);
      }
      return validated(values, question.validate?.(values, facts));
    }
    case 'text':
      return validated(word, question.validate?.(word, facts));
    case 'confirm': {
      if (/^(y|yes|true|on|1)$/i.test(word))
        return validated(true, question.validate?.(true, facts));
      if (/^(n|no|false|off|0)$/i.test(word)) {
        return validated(false, question.validate?.(false, facts));
      }
      return { problem: `"${word}" is neither yes nor no`, accepted: 'yes or no' };
    }
  }
}

/** The text that `parseAnswer` reads back as this value: for the answers file, the flag and the repeat command. */
export function formatAnswer(value: AnswerValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return value.length === 0 ? 'none' : value.join(',');
  return String(value);
}

function words(text: string): readonly string[] {
  if (text === 'none') return [];
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function validated(value: AnswerValue, problem: string | undefined): Parsed {
  return problem === undefined ? { value } : { problem };
}

function pick(
  word: string,
  choices: readonly Choice[],
): { readonly value: string } | { readonly problem: string; readonly accepted: string } {
  const typed = word.toLowerCase();
  const found = choices.find((choice) =>
    namesOf(choice).some((name) => name.toLowerCase() === typed),
  );
  if (found) return { value: found.value };
  const meant = nearest(word, choices.flatMap(namesOf));
  return {
    problem:
      meant === undefined
        ? `"${word}" is not one of the choices`
        : `"${word}" is not one of the choices; did you mean ${meant}?`,
    accepted: choices.map((choice) => choice.value).join(', '),
  };
}

function namesOf(choice: Choice): readonly string[] {
  return [choice.value, ...(choice.aliases ?? [])];
}
