/** The answers that come with the command: flags, answers file, environment. */
import type { GivenAnswers } from '../questions/answers.ts';
import { readAnswersFile } from '../questions/answers-file.ts';
import { nearest } from '../questions/nearest.ts';
import { QUESTIONS } from '../questions/questions.ts';
import type { Invocation } from './invocation.ts';

const PREFIX = 'MILTER_SETUP_';

/** An empty variable counts as not set; one that no question has is told by `warn`. @throws SetupError `bad-answers-file` */
export function givenAnswers(
  invocation: Invocation,
  environment: Readonly<Record<string, string | undefined>>,
  warn: (text: string) => void,
): GivenAnswers {
  const known = QUESTIONS.map(({ env }) => env);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(PREFIX) || known.includes(name)) continue;
    const meant = nearest(name, known);
    warn(`${name} is not used${meant === undefined ? '' : `; did you mean ${meant}?`}`);
  }
  const texts = QUESTIONS.flatMap(({ key, env }) => {
    const value = environment[env];
    return value === undefined || value === '' ? [] : [[key, value] as const];
  });
  return {
    flags: invocation.flags,
    ...(invocation.answers === undefined ? {} : { file: readAnswersFile(invocation.answers) }),
    environment: Object.fromEntries(texts),
  };
}
