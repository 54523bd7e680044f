/** The only importer of listr2: the step at work as a spinner with its time and the last line of its output. */
import type { Ending, StepDisplay } from './step-display.ts';
import { wrap } from './wrap.ts';

interface Outcome {
  readonly text: string;
  readonly how: Ending;
}

interface Step {
  readonly title: string;
  readonly over: Promise<Outcome>;
  end(text: string, how: Ending): void;
  /** Takes pieces of output once the spinner runs. */
  show: ((text: string) => void) | undefined;
}

/**
 * One listr a step, not one for the plan: after the packages the plan is made again, and its steps are other ones.
 * Listr's tasks do nothing but wait: what happens, happens in apply.
 */
export function createSpinner(output: NodeJS.WriteStream, columns: number): StepDisplay {
  let shown: Promise<unknown> = Promise.resolve();
  let current: Step | undefined;
  const line = (text: string): void => {
    const [first = '', ...rest] = text.split('\n');
    const lines = [wrap(first, columns, '  ').trimStart(), ...rest];
    shown = shown.then(() => output.write(`${lines.join('\n')}\n`));
  };
  return {
    begin: (title) => {
      current?.end(current.title, 'done');
      const step = createStep(title);
      current = step;
      shown = shown.then(() => spin(step));
    },
    output: (text) => current?.show?.(text),
    end: (mark, text, how = 'done') => {
      if (current === undefined) line(`${mark} ${text}`);
      // The report that follows a failure tells it in full.
      else current.end(how === 'failed' ? current.title : text, how);
      current = undefined;
    },
    line,
    finish: async () => {
      current?.end(`${current.title}: stopped`, 'failed');
      current = undefined;
      await shown;
    },
  };
}

function createStep(title: string): Step {
  let settle!: (outcome: Outcome) => void;
  const over = new Promise<Outcome>((resolve) => (settle = resolve));
  return { title, over, end: (text, how) => settle({ text, how }), show: undefined };
}

/** Milliseconds; the time of a step that took less is noise. */
const WORTH_TELLING = 1000;

async function spin(step: Step): Promise<void> {
  const { Listr, PRESET_TIMER } = await import('listr2');
  const timer = { ...PRESET_TIMER, condition: (duration: number) => duration >= WORTH_TELLING };
  const list = new Listr(
    [
      {
        title: step.title,
        task: async (_context, task): Promise<void> => {
          let line = '';
          step.show = (text) => {
            // Pieces are cut anywhere; a carriage return starts the line again, as progress bars do.
            line =
              (line + text)
                .trimStart()
                .split(/[\r\n]+(?=.)/)
                .at(-1) ?? '';
            task.output = line.trimEnd();
          };
          const { text, how } = await step.over;
          if (how === 'skipped') task.skip(text);
          else task.title = text;
          if (how === 'failed') throw new Error(text);
        },
      },
    ],
    // Its own signal listener exits with 127 before anything can be undone.
    { registerSignalListeners: false, rendererOptions: { timer } },
  );
  // The failure is apply's to tell.
  await list.run().catch(() => undefined);
}
