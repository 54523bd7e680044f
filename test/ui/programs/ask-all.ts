/** Asks every question as the wizard does, and prints the answers as JSON. */
import { reportError } from '../../../src/cli/report-error.ts';
import { resolveAnswers } from '../../../src/questions/answers.ts';
import { decideStyle } from '../../../src/ui/style.ts';
import { createUi } from '../../../src/ui/ui.ts';
import { FRESH } from '../../questions/facts.ts';

const style = decideStyle({
  environment: process.env,
  isTTY: process.stdout.isTTY,
  columns: process.stdout.columns,
  when: 'auto',
  verbose: false,
});
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const ui = createUi({
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  style,
  interactive: true,
  yes: false,
  json: false,
  verbose: false,
  signal: stop.signal,
});

async function main(): Promise<number> {
  try {
    const given = { flags: {}, environment: {} };
    const { answers } = await resolveAnswers(given, FRESH, {
      mode: 'prompt',
      prompt: (question, suggestion) => ui.ask(question, suggestion, FRESH),
    });
    if (!(await ui.confirm('Apply this plan?', false))) return 3;
    ui.print(`answers: ${JSON.stringify(answers)}`);
    return 0;
  } catch (error) {
    return reportError(
      error,
      { output: process.stdout, errors: process.stderr },
      { json: false, verbose: true, style },
    );
  }
}

void main().then((code) => process.exit(code));
