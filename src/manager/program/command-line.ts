/** The command line of `milter-manager`: the options of the C program that install documents use, and a few of ours. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { MANAGER_KEYS } from '../../manager-config/keys.ts';
import type { Overrides } from '../../manager-config/load.ts';
import { BadValue, octal, spec } from '../../manager-config/values.ts';
import { USAGE, usageText } from '../../program/usage.ts';

export interface CommandLine extends Overrides {
  readonly showConfig?: boolean;
  readonly check?: boolean;
  readonly format?: 'text' | 'json';
}

/** Reads the arguments; prints help, version or what is wrong and exits with 0 or 2. */
export function readCommandLine(argv: readonly string[], version: string): CommandLine {
  return managerCommand(version)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE))
    .parse([...argv], { from: 'user' })
    .opts();
}

/** The table of its options: the parser, --help, the man page and the completion come from it. */
export function managerCommand(version: string): Command {
  return new Command('milter-manager')
    .configureOutput({ outputError: (text, write) => write(usageText('milter-manager', text)) })
    .description(
      'A proxy that looks like one milter to the MTA and runs all the milters of this host.',
    )
    .version(`milter-manager ${version}`, '--version')
    .option('-s, --connection-spec <spec>', 'where the MTA connects', reading(spec))
    .option('-u, --user <user>', 'run as this user, a name or a number')
    .option('-g, --group <group>', 'run as this group, a name or a number')
    .option('-c, --config-dir <dir>', 'where milter-manager.ini is')
    .option('--show-config', 'print the configuration in effect and exit')
    .option('--check', 'check the configuration: exit 0 if it is good, 1 if not')
    .addOption(new Option('--format <format>', 'of --show-config').choices(['text', 'json']))
    .option('-v, --verbose', 'log everything')
    .option('-q, --quiet', 'log errors only')
    .option('--daemon', 'run in the background')
    .option('--no-daemon', 'run in the foreground and log to standard output')
    .option('--pid-file <file>', 'write the process number there')
    .option('--unix-socket-mode <mode>', 'of the UNIX socket, in octal', reading(octal))
    .option('--unix-socket-group <group>', 'of the UNIX socket')
    .option('--n-workers <n>', 'worker processes', reading(MANAGER_KEYS.n_workers.read))
    .option('--root <dir>', 'look up configuration, detection and UNIX sockets below DIR')
    .allowExcessArguments(false);
}

function reading<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      if (error instanceof BadValue) throw new InvalidArgumentError(`It ${error.message}.`);
      throw error;
    }
  };
}
