/** The command line of milter-test-server: read once, given on as data. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { parseConnectionSpec, type ConnectionSpec } from '../protocol/connection-spec.ts';
import { plainMacroName } from '../protocol/macros.ts';
import { usageText } from '../program/usage.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { VERDICTS, type Verdict } from './result.ts';
import { SAMPLE_NAMES, type SampleName } from './samples.ts';
import type { Header, Macros } from './mail.ts';
import { header } from './mail.ts';

/** The options as commander names them. All text is latin1, except `mailFile` and `user`. */
export interface Options {
  readonly name: string;
  readonly connectionSpec: ConnectionSpec;
  readonly user?: string;
  readonly negotiateVersion: number;
  readonly connectHost?: string;
  readonly connectAddress?: ConnectionSpec | 'unknown';
  readonly connectMacro?: Macros;
  readonly heloFqdn?: string;
  readonly heloMacro?: Macros;
  readonly envelopeFrom?: string;
  readonly from?: string;
  readonly envelopeFromMacro?: Macros;
  readonly envelopeRecipient?: readonly string[];
  readonly recipient?: readonly string[];
  readonly envelopeRecipientMacro?: Macros;
  readonly dataMacro?: Macros;
  readonly header?: readonly Header[];
  readonly endOfHeaderMacro?: Macros;
  readonly body?: readonly string[];
  readonly endOfMessageMacro?: Macros;
  readonly unknown?: readonly string[];
  readonly authenticatedName?: string;
  readonly authenticatedType?: string;
  readonly authenticatedAuthor?: string;
  readonly mailFile?: string;
  readonly scenario?: string;
  readonly sample?: SampleName;
  readonly outputMessage?: true;
  readonly color: boolean | 'auto';
  readonly json?: true;
  readonly expect?: readonly Verdict[];
  readonly patience: number;
  readonly connectionTimeout?: number;
  readonly readingTimeout?: number;
  readonly writingTimeout?: number;
  readonly endOfMessageTimeout?: number;
  readonly allTimeouts?: number;
  readonly threads: number;
  readonly verbose?: true;
}

/**
 * Reads the arguments that follow the program's name.
 * @throws CommanderError for wrong usage (exitCode not 0) and after --help and --version (exitCode 0)
 */
export function readOptions(args: readonly string[], version: string): Options {
  return testServerCommand(version).parse(args, { from: 'user' }).opts<Options>();
}

/** The table of its options: the parser, --help, the man page and the completion come from it. */
export function testServerCommand(version: string): Command {
  const number = seconds;
  return (
    new Command('milter-test-server')
      .configureOutput({
        outputError: (text, write) => write(usageText('milter-test-server', text)),
      })
      // The longest flags leave little room beside them.
      .configureHelp({ minWidthToWrap: 30 })
      .description(
        'Plays the MTA: sends a mail to a milter, or to the milter manager, and shows what it says.',
      )
      .exitOverride()
      .allowExcessArguments(false)
      .helpOption('-?, --help', 'show this help (-h is a header)')
      .version(`milter-test-server ${version}`, '--version', 'show the version')
      .requiredOption(
        '-s, --connection-spec <spec>',
        'where the milter listens: unix:PATH, inet:PORT@HOST, inet6:PORT@HOST',
        spec,
      )
      .option('-u, --user <user>', 'connect as this user (needs root): does it reach the socket?')
      .option(
        '--expect <statuses>',
        `exit with 0 only for these verdicts: ${VERDICTS.join(', ')} (comma-separated)`,
        verdicts,
      )
      .addOption(new Option('--sample <name>', 'a whole mail to send').choices(SAMPLE_NAMES))
      .option(
        '-m, --mail-file <path>',
        'send this mail; its From and To become the envelope; - is stdin',
      )
      .option(
        '--scenario <file>',
        "instead of a mail, play the MTA's lines of this file (- is stdin): MTA > MAIL <a@b>, MTA < CONTINUE",
      )
      .option('--patience <seconds>', 'try to connect again until then', number, 0)
      .option('--json', 'report all that was said as JSON, a line for each session')
      .option('--output-message', 'show the resulting message as a diff')
      .option('--color [when]', 'colors in the diff: yes, true, no, false, auto', when, 'auto')
      .option('-v, --verbose', "show the milter's answer to each command")
      .option('-t, --threads <n>', 'parallel sessions, one report each', whole(0, 10_000), 0)
      .optionsGroup('What the SMTP client says:')
      .option('--connect-host <host>', 'name of the client (mx.example.net)', bytes)
      .option(
        '--connect-address <spec>',
        'address of the client (inet:50443@192.168.123.123), or unknown',
        clientSpec,
      )
      .option('--helo-fqdn <name>', 'its HELO (delian)', bytes)
      .option('--unknown <command>', 'an unknown SMTP command to send too (repeat)', append(bytes))
      .option(
        '-f, --envelope-from <address>',
        'sender, ESMTP arguments may follow (sender@example.com)',
        bytes,
      )
      .option(
        '-r, --envelope-recipient <address>',
        'recipient, likewise (repeat) (receiver@example.org)',
        append(bytes),
      )
      .addOption(new Option('--from <address>').argParser(bytes).hideHelp())
      .addOption(new Option('--recipient <address>').argParser(append(bytes)).hideHelp())
      .option('-h, --header <name:value>', 'a header more (repeat)', append(headerField))
      .option('-b, --body <chunk>', 'a chunk of the body (repeat)', append(bytes))
      .optionsGroup('What the MTA tells:')
      .option('--name <name>', 'name of the MTA: {daemon_name}', bytes, 'milter-test-server')
      .option(
        '--authenticated-name <name>',
        'the SMTP client is authenticated: {auth_authen}',
        bytes,
      )
      .option('--authenticated-type <type>', 'by this method: {auth_type}', bytes)
      .option('--authenticated-author <name>', 'as: {auth_author}', bytes)
      .option('--connect-macro <name:value>', 'a macro at CONNECT (repeat)', macro)
      .option('--helo-macro <name:value>', 'at HELO', macro)
      .option('--envelope-from-macro <name:value>', 'at MAIL', macro)
      .option('--envelope-recipient-macro <name:value>', 'at RCPT', macro)
      .option('--data-macro <name:value>', 'at DATA', macro)
      .option('--end-of-header-macro <name:value>', 'at the end of the headers', macro)
      .option('--end-of-message-macro <name:value>', 'at the end of the message', macro)
      .option('--negotiate-version <n>', 'milter protocol version to offer, 2 to 6', whole(2, 6), 6)
      .optionsGroup('Time limits in seconds:')
      .option('--connection-timeout <seconds>', 'to connect (300)', number)
      .option('--reading-timeout <seconds>', 'for each answer (10)', number)
      .option('--writing-timeout <seconds>', 'for the milter to read (10)', number)
      .option(
        '--end-of-message-timeout <seconds>',
        'for the answer to the end of the message (300)',
        number,
      )
      .option('--all-timeouts <seconds>', 'for all four', number)
      .addHelpText('after', EXIT_CODES_HELP)
  );
}

/** Arguments arrive decoded as UTF-8; mails are bytes. */
function bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function append<T>(read: (text: string) => T): (text: string, earlier?: readonly T[]) => T[] {
  return (text, earlier = []) => [...earlier, read(text)];
}

function spec(text: string): ConnectionSpec {
  try {
    return parseConnectionSpec(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function clientSpec(text: string): ConnectionSpec | 'unknown' {
  return text === 'unknown' ? text : spec(text);
}

function seconds(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be seconds.');
  return Number(text);
}

function whole(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < from || value > to) {
      throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
    }
    return value;
  };
}

function pair(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  if (colon <= 0) throw new InvalidArgumentError('It must be NAME:VALUE.');
  return [bytes(text.slice(0, colon)), bytes(text.slice(colon + 1))];
}

function macro(text: string, earlier: Macros = {}): Macros {
  const [name, value] = pair(text);
  return { ...earlier, [plainMacroName(name)]: value };
}

function headerField(text: string): Header {
  const [name, value] = pair(text);
  return header(name, value.replace(/^ /, ''));
}

function verdicts(text: string): Verdict[] {
  return text.split(',').map((name) => {
    const verdict = VERDICTS.find((each) => each === name.trim());
    if (verdict === undefined) {
      throw new InvalidArgumentError(`It must be of ${VERDICTS.join(', ')}.`);
    }
    return verdict;
  });
}

function when(text: string): boolean | 'auto' {
  switch (text) {
    case 'yes':
    case 'true':
      return true;
    case 'no':
    case 'false':
      return false;
    case 'auto':
      return text;
    default:
      throw new InvalidArgumentError('It must be yes, true, no, false or auto.');
  }
}
