/** A plan being carried out, for people: a spinner a step on a terminal, a line a step elsewhere. */
import type { ApplyEvent, ApplyListener } from '../apply/events.ts';
import { isForUndoOnly } from '../change/change.ts';
import { entitled } from './entitled.ts';
import type { StepDisplay } from './step-display.ts';
import type { Style } from './style.ts';
import { createSpinner } from './spinner.ts';

export interface Progress {
  /** To be given to apply. */
  readonly report: ApplyListener;
  /** Leaves the terminal to what is printed next: to be awaited however the run ended. */
  finish(): Promise<void>;
}

export interface ProgressSetup {
  readonly output: NodeJS.WriteStream;
  readonly style: Style;
  /** Also a line when a step starts, and every line of the commands' output. */
  readonly verbose: boolean;
  /** Warnings alone: what failed is in the report of the run. */
  readonly quiet?: boolean;
}

export function createProgress({ output, style, verbose, quiet }: ProgressSetup): Progress {
  const spins =
    style.animate && style.color && style.unicode && !quiet && output === process.stdout;
  const display = spins
    ? createSpinner(output, style.columns)
    : createLines(output, style, verbose);
  return {
    report: (event) => {
      if (quiet !== true || event.kind === 'warned') show(event, display, style);
    },
    finish: () => display.finish(),
  };
}

function show(event: ApplyEvent, display: StepDisplay, { marks, paint }: Style): void {
  const { title } = event.change;
  if (isForUndoOnly(event.change) && (event.kind === 'started' || event.kind === 'done')) return;
  switch (event.kind) {
    case 'started':
      display.begin(title);
      break;
    case 'output':
      display.output(event.text);
      break;
    case 'done':
      display.end(paint('green', marks.pass), title);
      break;
    case 'skipped':
      display.end(paint('yellow', marks.skip), `${title}: skipped, ${event.reason}`, 'skipped');
      break;
    case 'warned':
      display.line(`${paint('yellow', marks.warn)} ${entitled(title, event.message)}`);
      break;
    case 'failed':
      display.end(paint('red', marks.fail), entitled(title, event.message), 'failed');
      break;
    case 'undoing':
      display.begin(`undoing: ${title}`);
      break;
    case 'undone':
      display.end(marks.pass, `undone: ${title}`);
      break;
    case 'not-undone':
      display.end(
        paint('red', marks.fail),
        `not undone: ${entitled(title, event.reason)}`,
        'failed',
      );
      break;
  }
}

function createLines(output: NodeJS.WriteStream, style: Style, verbose: boolean): StepDisplay {
  let atLineStart = true;
  const line = (text: string): void => {
    output.write(`${atLineStart ? '' : '\n'}${text}\n`);
    atLineStart = true;
  };
  return {
    begin: (title) => {
      if (verbose) line(`${style.marks.arrow} ${title}`);
    },
    output: (text) => {
      if (!verbose || text === '') return;
      output.write(text);
      atLineStart = text.endsWith('\n');
    },
    end: (mark, text) => line(`${mark} ${text}`),
    line,
    finish: () => Promise.resolve(),
  };
}
