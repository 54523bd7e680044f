/** The only importer of listr2: the step at work as a spinner with its time and the last line of its output. */
import type { StepDisplay } from './progress.ts';

interface Step {
  readonly title: string;
  readonly over: Promise<{ readonly text: string; readonly failed: boolean }>;
  end(text: string, failed: boolean): void;
  /** Takes pieces of output once the spinner runs. */
  show: ((text: string) => void) | undefined;
}

/**
 * One listr a step, not one for the plan: after the packages the plan is made again, and its steps are other ones.
 * Listr's tasks do nothing but wait: what happens, happens in apply.
 */
export function createSpinner(output: NodeJS.WriteStream): StepDisplay {
  let shown: Promise<unknown> = Promise.resolve();
  let current: Step | undefined;
  const line = (text: string): void => {
    shown = shown.then(() => output.write(`${text}\n`));
  };
  return {
    begin: (title) => {
      current?.end(current.title, false);
      const step = createStep(title);
      current = step;
      shown = shown.then(() => spin(step));
    },
    output: (text) => current?.show?.(text),
    end: (mark, text, failed = false) => {
      if (current === undefined) line(`${mark} ${text}`);
      else current.end(text, failed);
      current = undefined;
    },
    line,
    finish: async () => {
      current?.end(`${current.title}: stopped`, true);
      current = undefined;
      await shown;
    },
  };
}

function createStep(title: string): Step {
  let settle!: (outcome: { text: string; failed: boolean }) => void;
  const over = new Promise<{ text: string; failed: boolean }>((resolve) => (settle = resolve));
  return { title, over, end: (text, failed) => settle({ text, failed }), show: undefined };
}

async function spin(step: Step): Promise<void> {
  const { Listr, PRESET_TIMER } = await import('listr2');
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
          const { text, failed } = await step.over;
          task.title = text;
          if (failed) throw new Error(text);
        },
      },
    ],
    // Its own signal listener exits with 127 before anything can be undone.
    { registerSignalListeners: false, rendererOptions: { timer: PRESET_TIMER } },
  );
  // The failure is apply's to tell.
  await list.run().catch(() => undefined);
}
