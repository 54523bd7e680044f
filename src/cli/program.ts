/** The parser, built from the tables of verbs, options and questions; it runs nothing. */
import { Command, CommanderError, Help, Option } from 'commander';
import { listTopics } from '../commands/help.ts';
import { GLOBAL_OPTIONS } from '../commands/command.ts';
import type { Verb } from '../commands/verbs.ts';
import { VERBS, WIZARD } from '../commands/verbs.ts';
import { EXIT, SetupError } from '../host/setup-error.ts';
import { nearest } from '../questions/nearest.ts';
import type { Question } from '../questions/question.ts';
import { camelCase, QUESTIONS } from '../questions/questions.ts';
import type { Invocation } from './invocation.ts';
import { toInvocation } from './invocation.ts';
import { usageOf } from '../program/usage.ts';
import { VERSION } from '../program/version.ts';

/** What an argv asks for: a run, or a text (help, version) to print. */
export type Parsed = { readonly run: Invocation } | { readonly text: string };

/** @throws SetupError `usage` with a suggestion for a word that is not known */
export function parseArguments(argv: readonly string[]): Parsed {
  let text = '';
  let invocation: Invocation | undefined;
  const program = buildProgram(
    (found) => (invocation = found),
    (piece) => (text += piece),
  );
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error.message);
  }
  return invocation === undefined ? { text } : { run: invocation };
}

/** The help of a verb, or of the whole program for the empty name. */
export function helpFor(verb: string): string {
  const program = buildProgram(
    () => undefined,
    () => undefined,
  );
  const command = program.commands.find((each) => each.name() === verb) ?? program;
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece) });
  command.outputHelp();
  return text;
}

function buildProgram(
  found: (invocation: Invocation) => void,
  write: (text: string) => void,
): Command {
  const program = new Command('milter-setup')
    .description(`Mail filtering for Postfix. Without a verb: ${WIZARD.summary}.\n\n${WIZARD.help}`)
    .usage('[options] [verb] [arguments]')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .allowExcessArguments()
    .helpCommand(false)
    .commandsGroup('Verbs:')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `${examples(WIZARD)}${listTopics()}`);
  for (const { flags, summary, choices } of GLOBAL_OPTIONS) {
    const option = new Option(flags, summary);
    program.addOption(choices === undefined ? option : option.choices(choices));
  }
  for (const question of QUESTIONS) program.addOption(optionFor(question));
  program.action(() => {
    const [word] = program.args;
    if (word !== undefined) throw unknownVerb(word);
    found(toInvocation(WIZARD, [], program.opts(), {}));
  });
  for (const verb of VERBS) program.addCommand(commandFor(verb, program, found));
  return program;
}

function commandFor(
  verb: Verb,
  program: Command,
  found: (invocation: Invocation) => void,
): Command {
  const command = new Command(verb.name)
    .copyInheritedSettings(program)
    .summary(verb.summary)
    .description(`${capitalised(verb.summary)}.\n\n${verb.help}`)
    .allowExcessArguments(false)
    .configureHelp({
      showGlobalOptions: true,
      visibleOptions: (command) => [
        ...new Help().visibleOptions(command),
        ...program.options.filter((option) => appliesTo(verb, option)),
      ],
      visibleGlobalOptions: () => program.options.filter((option) => !isAnswer(option)),
    })
    .addHelpText('after', examples(verb));
  if (verb.arguments !== undefined) command.arguments(verb.arguments);
  for (const { flags, summary } of verb.options) command.option(flags, summary);
  return command.action(() => {
    refuseOtherFlags(verb, program);
    found(toInvocation(verb, command.args, program.opts(), command.opts()));
  });
}

/** Given twice, a list grows; anything else is replaced. */
function optionFor({ flag, placeholder, summary, env, type }: Question): Option {
  const option = new Option(
    `${flag} <${placeholder.toLowerCase()}>`,
    `${summary} [${env}]`,
  ).helpGroup('Answers:');
  if (type !== 'checkbox' && type !== 'list') return option;
  return option.argParser((text: string, before: string | undefined) =>
    before === undefined ? text : `${before},${text}`,
  );
}

function isAnswer(option: Option): boolean {
  return QUESTIONS.some(({ flag }) => flag === option.long);
}

function appliesTo(verb: Verb, option: Option): boolean {
  const question = QUESTIONS.find(({ flag }) => flag === option.long);
  return question !== undefined && verb.questions.includes(question.key);
}

function refuseOtherFlags(verb: Verb, program: Command): void {
  for (const { key, flag } of QUESTIONS) {
    if (program.getOptionValue(camelCase(key)) === undefined || verb.questions.includes(key))
      continue;
    throw usageError(`${flag} does not apply to ${verb.name}`);
  }
}

function unknownVerb(word: string): SetupError {
  const meant = nearest(
    word,
    VERBS.map(({ name }) => name),
  );
  const help = 'see milter-setup --help';
  return usageError(
    `unknown verb "${word}"`,
    meant === undefined ? help : `did you mean ${meant}? Or ${help}`,
  );
}

/** Commander's message, its suggestion as the hint. */
function usageError(message: string, hint?: string): SetupError {
  const { problem, suggestion } = usageOf(message);
  return new SetupError({
    code: 'usage',
    message: problem,
    hint: hint ?? meantChoice(problem) ?? suggestion ?? 'see milter-setup --help',
    exitCode: EXIT.usage,
  });
}

/** Commander suggests options, not their values. */
function meantChoice(message: string): string | undefined {
  const match = /'([^']*)' is invalid\. Allowed choices are (.*)\.$/.exec(message);
  const meant = match === null ? undefined : nearest(match[1]!, match[2]!.split(', '));
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

function examples(verb: Verb): string {
  return `\nExamples:\n${verb.examples.map((line) => `  ${line}\n`).join('')}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
