/** Which questions belong to which verb: asked, and taken as flags. */
import { MILTERS } from '../milters/milters.ts';
import { type QuestionKey, QUESTIONS } from '../questions/questions.ts';

/** Of the wizard and of `plan`. */
export const SETUP_QUESTIONS: readonly QuestionKey[] = QUESTIONS.map(({ key }) => key);

/** Of `add`: the settings, not the choice of milters. */
export const SETTINGS_QUESTIONS: readonly QuestionKey[] = QUESTIONS.filter(
  ({ chooses }) => !chooses,
).map(({ key }) => key);

/** Those of them that are about one milter or another: asked for where the rest was answered once. */
export const MILTER_QUESTIONS: readonly QuestionKey[] = SETTINGS_QUESTIONS.filter((key) =>
  MILTERS.some(({ asks }) => asks?.includes(key)),
);
