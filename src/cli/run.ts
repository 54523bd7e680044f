/** From argv to exit code. Everything it needs of the process comes in, so that tests run it whole. */
import type { CommandContext } from '../commands/command.ts';
import { loadVerb } from '../commands/load-verb.ts';
import { beginLog, logFailure } from '../commands/run/run-log.ts';
import type { Verb } from '../commands/verbs.ts';
import { VERBS } from '../commands/verbs.ts';
import { openRealHost } from '../host/real.ts';
import { EXIT } from '../host/setup-error.ts';
import { openTreeHost } from '../host/tree.ts';
import { quoteArgv } from '../ui/shell-words.ts';
import type { ColorWhen, Style } from '../ui/style.ts';
import { decideStyle } from '../ui/style.ts';
import { createUi } from '../ui/ui.ts';
import { givenAnswers } from './given-answers.ts';
import type { Invocation } from './invocation.ts';
import { helpFor, parseArguments } from './program.ts';
import { reportError } from './report-error.ts';
import { VERSION } from '../program/version.ts';

export interface Process {
  /** Without Node and the script. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  readonly urgentSignal: AbortSignal;
  /** Told which verb runs, before it does. */
  readonly started?: (verb: Verb) => void;
}

/** Runs what argv asks for; errors are written, never thrown. */
export async function run(process: Process): Promise<number> {
  const { argv, output } = process;
  let begun: { readonly verb: Verb; readonly context: CommandContext } | undefined;
  let how = { json: argv.includes('--json'), verbose: argv.includes('--verbose') };
  let color = typedColor(argv);
  try {
    const parsed = parseArguments(argv);
    if ('text' in parsed) {
      output.write(parsed.text);
      return EXIT.ok;
    }
    const invocation = parsed.run;
    ({ color } = invocation);
    how = invocation.options;
    const { verb } = invocation;
    process.started?.(verb);
    const [topic] = invocation.arguments;
    if (verb.name === 'help' && (topic === undefined || VERBS.some(({ name }) => name === topic))) {
      output.write(helpFor(topic ?? ''));
      return EXIT.ok;
    }
    const context = openContext(invocation, process);
    begun = { verb, context };
    const command = await loadVerb(verb.name);
    const code = await command.run(context);
    context.log.flush();
    return code;
  } catch (error) {
    const style = styleFor(process, process.errors, color, how.verbose);
    const changing = begun?.verb.changesHost === true && !begun.context.options.dryRun;
    const logPath = begun && logFailure(begun.context, error, changing);
    return reportError(error, process, { ...how, style, logPath });
  }
}

function openContext(invocation: Invocation, process: Process): CommandContext {
  const { verb, options } = invocation;
  const { input, output, errors, environment, signal, urgentSignal } = process;
  const style = styleFor(
    process,
    options.json ? errors : output,
    invocation.color,
    options.verbose,
  );
  const ui = createUi({
    input,
    output,
    errors,
    style,
    interactive: canAsk(invocation, process),
    yes: options.yes,
    json: options.json,
    verbose: options.verbose,
    quiet: options.quiet,
    signal,
  });
  const opened = options.root === undefined ? openRealHost() : openTreeHost(options.root);
  return {
    ...beginLog(opened, whatWasAsked(process), options.log),
    options,
    version: VERSION,
    // npm says which of its commands runs us; `exec` is npx.
    program: environment['npm_command'] === 'exec' ? ['npx', 'milter-setup'] : ['milter-setup'],
    verb: verb.name,
    arguments: invocation.arguments,
    verbOptions: invocation.verbOptions,
    given: givenAnswers(invocation, environment, (text) => ui.warn(text)),
    ui,
    signal,
    urgentSignal,
  };
}

function whatWasAsked({ argv, environment }: Process): string {
  const by = environment['SUDO_USER'];
  const who = `user ${process.geteuid?.() ?? '?'}${by === undefined ? '' : `, ${by} by sudo`}`;
  return `milter-setup ${VERSION} (${who}): ${quoteArgv(['milter-setup', ...argv])}`;
}

/** Somebody can be asked where the streams that are read and written are a terminal, and it is not a CI's. */
function canAsk({ options }: Invocation, { input, output, environment }: Process): boolean {
  if (options.yes || options.noInput || options.json) return false;
  return input.isTTY && output.isTTY && (environment['CI'] ?? '') === '';
}

/** For errors in the rest of the line. */
function typedColor(argv: readonly string[]): ColorWhen {
  if (argv.includes('--no-color')) return 'never';
  const words = argv.join(' ');
  return (/--color[ =](always|never)\b/.exec(words)?.[1] ?? 'auto') as ColorWhen;
}

function styleFor(
  { environment }: Process,
  stream: NodeJS.WriteStream,
  when: ColorWhen,
  verbose: boolean,
): Style {
  return decideStyle({ environment, isTTY: stream.isTTY, columns: stream.columns, when, verbose });
}
