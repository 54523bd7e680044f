/** The program: the only place that touches process.argv, process.exit and the signals. */
import { writeSync } from 'node:fs';
import type { Verb } from '../commands/verbs.ts';
import { EXIT } from '../host/setup-error.ts';
import { run } from './run.ts';

/** How long a second Ctrl-C gives the run to write down where it stopped. */
const GRACE = 1500;
/** A Ctrl-C this soon (milliseconds) is the first one once more: npx passes on what the terminal sent already. */
const SAME = 1000;

const stop = new AbortController();
const stopAtOnce = new AbortController();
let verb: Verb | undefined;
let stoppedAt = 0;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Nobody listens any more, or the terminal is lost: what changes the host, or undoes it, must go on all the same.
    if (isChanging()) return;
    // `milter-setup plan | head` is no error.
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
}

void run({
  argv: process.argv.slice(2),
  environment: process.env,
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  signal: stop.signal,
  urgentSignal: stopAtOnce.signal,
  started: (found) => (verb = found),
}).then(async (code) => {
  // To a pipe Node writes in the background: what is still on its way must arrive before we leave.
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(code);
});

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

function isChanging(): boolean {
  return verb !== undefined && (verb.changesHost || verb.name === 'demo');
}

/**
 * The first signal asks the run to finish its step and undo; a second Ctrl-C stops that, too. Other signals do not: of a
 * lost terminal SIGHUP comes first and then, from whoever ends the session, SIGTERM.
 */
function interrupt(signal: NodeJS.Signals): void {
  if (!isChanging()) {
    process.stderr.write('\nmilter-setup: cancelled; nothing was changed\n');
    process.exit(EXIT.cancelled);
  }
  if (!stop.signal.aborted) {
    stoppedAt = performance.now();
    sayAtOnce('stopping after this step; press Ctrl-C again to stop at once');
    stop.abort();
    return;
  }
  if (signal !== 'SIGINT' || performance.now() - stoppedAt < SAME) return;
  sayAtOnce('stopped at once; take back what was done with: milter-setup undo');
  stopAtOnce.abort();
  setTimeout(() => process.exit(EXIT.notUndone), GRACE).unref();
}

/** Past what draws the progress: it holds back what others write until the step at hand ends, which may be too late. */
function sayAtOnce(text: string): void {
  try {
    // The progress is drawn again over as many lines as it has: they are not to be these.
    const room = process.stderr.isTTY ? '\n\n' : '';
    writeSync(process.stderr.fd, `\n${text}\n${room}`);
  } catch {
    // The terminal is lost; what is to be done is done all the same.
  }
}
