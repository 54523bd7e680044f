/** A plan being carried out, for people: a spinner a step on a terminal, a line a step elsewhere. */
import type { ApplyEvents } from '../apply/events.ts';
import type { Change } from '../plan/change.ts';
import type { Style } from './style.ts';
import { createSpinner } from './spinner.ts';

export interface Progress {
  /** To be given to apply. */
  readonly report: ApplyEvents;
  /** Leaves the terminal to what is printed next: to be awaited however the run ended. */
  finish(): Promise<void>;
}

export interface ProgressSetup {
  readonly output: NodeJS.WriteStream;
  readonly style: Style;
  /** Also a line when a step starts, and every line of the commands' output. */
  readonly verbose: boolean;
}

/** What one way of showing steps must offer: a step at a time, and lines between them. */
export interface StepDisplay {
  begin(title: string): void;
  output(text: string): void;
  /** Ends the step that was begun, or stands for one that never was. */
  end(mark: string, text: string, failed?: boolean): void;
  line(text: string): void;
  finish(): Promise<void>;
}

export function createProgress({ output, style, verbose }: ProgressSetup): Progress {
  const { animate, color, unicode, marks, paint } = style;
  const spins = animate && color && unicode && output === process.stdout;
  const display = spins ? createSpinner(output) : createLines(output, style, verbose);
  const skip = paint('yellow', marks.skip);
  const fail = paint('red', marks.fail);
  const pass = paint('green', marks.pass);
  return {
    report: {
      started: ({ title }) => display.begin(title),
      output: (_change, text) => display.output(text),
      done: ({ title }) => display.end(pass, title),
      skipped: ({ title }, reason) => display.end(skip, `${title}: skipped, ${reason}`),
      warning: (text, change) =>
        display.line(`${paint('yellow', marks.warn)} ${about(change)}${text}`),
      failed: ({ title }, { message }) => display.end(fail, `${title}: ${message}`, true),
      undoing: ({ title }) => display.begin(`undoing: ${title}`),
      undone: ({ title }) => display.end(marks.pass, `undone: ${title}`),
    },
    finish: () => display.finish(),
  };
}

function about(change: Change | undefined): string {
  return change === undefined ? '' : `${change.title}: `;
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
