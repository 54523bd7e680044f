/** Which questions belong to which verb: asked, and taken as flags. */
import type { QuestionKey } from '../questions/questions.ts';

/** Of `add`: the settings, not the choice of milters. */
export const SETTINGS_QUESTIONS: readonly QuestionKey[] = [
  'default-action',
  'smtp-connections',
  'dkim-domain',
  'dkim-selector',
  'dmarc-failures',
  'local-networks',
  'greylist-delay',
];

/** Those of them that are about one milter or another: asked for where the rest was answered once. */
export const MILTER_QUESTIONS: readonly QuestionKey[] = [
  'smtp-connections',
  'dkim-domain',
  'dkim-selector',
  'dmarc-failures',
];

/** Of the wizard and of `plan`. */
export const SETUP_QUESTIONS: readonly QuestionKey[] = [
  'take-over',
  'milters',
  'keep-settings',
  ...SETTINGS_QUESTIONS,
];
