/** The program milter-test-server: its top level runs it. */

import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { VERSION } from '../program/version.ts';
import { becomeUser, BecomeUserError } from './become-user.ts';
import { wantsColor } from '../program/color.ts';
import { DEFAULT_TIMEOUTS } from './dialogue.ts';
import { readScenario } from './scenario-file.ts';
import { EXIT_CODES, exitCodeOf } from './exit-codes.ts';
import { readMailFile, type MailFile } from './mail-file.ts';
import { mailOfOptions } from './mail-of-options.ts';
import { readOptions, type Options } from './options.ts';
import { playScenario } from './play-scenario.ts';
import { playMail, type PlayOptions } from './play.ts';
import { jsonReport, textReport } from './report.ts';
import type { Result } from './result.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, VERSION);
  if (options.scenario !== undefined) return playScenarioFile(options.scenario, options);
  const file = mailFile(options);
  if (options.user !== undefined) becomeUser(options.user);
  const sessions = Array.from({ length: Math.max(1, options.threads) }, async () => {
    const mail = mailOfOptions(options, file);
    const result = await playMail(options.connectionSpec, mail, playOptions(options));
    report(result, options);
    return exitCodeOf(result, options.expect);
  });
  const codes = await Promise.all(sessions);
  return codes.find((code) => code !== EXIT_CODES.met) ?? EXIT_CODES.met;
}

/** Each line as it is played; the exit status of a mail that passed where all went as told. */
async function playScenarioFile(path: string, options: Options): Promise<number> {
  const scenario = readScenario(readFileSync(path === '-' ? 0 : path, 'latin1'), path);
  if (options.user !== undefined) becomeUser(options.user);
  const limits = { ...DEFAULT_TIMEOUTS, ...playOptions(options).timeouts };
  const result = await playScenario(options.connectionSpec, scenario, limits, (step) => {
    if (options.verbose && step.kind !== 'wait')
      process.stdout.write(`${step.who} ${step.kind === 'says' ? '>' : '<'} ${step.words}\n`);
  });
  if (options.json)
    process.stdout.write(`${JSON.stringify({ schema: 1, scenario: path, ...result })}\n`);
  else if (result.status === 'as-told') process.stdout.write('the scenario went as told\n');
  if (result.status === 'as-told') return EXIT_CODES.met;
  process.stderr.write(`milter-test-server: ${path}:${result.line}: ${result.reason}\n`);
  if (result.hint !== undefined) process.stderr.write(`${result.hint}\n`);
  return result.status === 'otherwise' ? EXIT_CODES.unexpected : EXIT_CODES[result.status];
}

function mailFile({ mailFile: path }: Options): MailFile | undefined {
  if (path === undefined) return undefined;
  return readMailFile(readFileSync(path === '-' ? 0 : path, 'latin1'));
}

function playOptions(options: Options): PlayOptions {
  const limit = (own: number | undefined) => own ?? options.allTimeouts;
  const timeouts = {
    connection: limit(options.connectionTimeout),
    reading: limit(options.readingTimeout),
    writing: limit(options.writingTimeout),
    endOfMessage: limit(options.endOfMessageTimeout),
  };
  const given = Object.entries(timeouts).filter(([, seconds]) => seconds !== undefined);
  return {
    version: options.negotiateVersion,
    patience: options.patience,
    timeouts: Object.fromEntries(given),
  };
}

function report(result: Result, options: Options): void {
  if (options.json) {
    process.stdout.write(jsonReport(result));
    return;
  }
  const text = textReport(result, {
    message: options.outputMessage === true,
    answers: options.verbose === true,
    color: options.color === 'auto' ? wantsColor(process.env, process.stdout.isTTY) : options.color,
  });
  // A path is text, a mail is bytes.
  if (result.status === 'cannot-connect') process.stderr.write(text);
  else process.stdout.write(text, 'latin1');
}

/** Wrong usage and the like, told on stderr. */
function failure(error: unknown): number {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? EXIT_CODES.met : EXIT_CODES.usage;
  if (error instanceof BecomeUserError) {
    process.stderr.write(`milter-test-server: ${error.message}\n${error.hint}\n`);
    return error.kind === 'not-root' ? EXIT_CODES.notPermitted : EXIT_CODES.usage;
  }
  process.stderr.write(`milter-test-server: ${(error as Error).message}\n`);
  return EXIT_CODES.usage;
}

// Who reads no further has read enough: the exit status is the mail's all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.stderr.write(`milter-test-server: ${error.message}\n`);
});

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.exitCode = failure(error);
  },
);
