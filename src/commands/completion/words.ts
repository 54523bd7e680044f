/** What completion offers for the verbs of milter-setup. */
import {
  COMMON_OPTIONS,
  MILTER_NAMES,
  optionOf,
  type ProgramOption,
  QUESTION_OPTIONS,
} from './programs.ts';
import { VERBS, WIZARD, type Verb } from '../verbs.ts';

export function optionsOfVerb(verb: Verb): readonly ProgramOption[] {
  return [
    ...COMMON_OPTIONS,
    ...QUESTION_OPTIONS.filter(({ key }) => verb.questions.includes(key)),
    ...verb.options.map(optionOf),
  ];
}

/** Every option that some verb takes, each once. */
export function optionsOfAllVerbs(): readonly ProgramOption[] {
  const all = [WIZARD, ...VERBS].flatMap(optionsOfVerb);
  return [...new Map(all.map((option) => [option.names.join(), option])).values()];
}

export function argumentsOfVerb({ name, completes = [] }: Verb): readonly string[] {
  const words = completes === 'milters' ? MILTER_NAMES : completes;
  return name === 'help' ? [...words, ...VERBS.map((verb) => verb.name)] : words;
}
