/** The command line of the bench. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly children: readonly number[];
  readonly bodies: readonly number[];
  readonly atATime: readonly number[];
  /** How long each row is measured in each round. */
  readonly seconds: number;
  /** How often; the table shows medians. */
  readonly rounds: number;
  readonly warmUp: number;
  /** Sessions held in the middle of a body. */
  readonly idle: number;
  /** Another proxy, with children of its own. */
  readonly other: { readonly spec: string; readonly pid: number } | undefined;
  /** Where the C generator's sources are; undefined: where they may be expected. */
  readonly load: string | undefined;
  readonly workers: number;
  readonly pipelining: boolean;
  readonly reuse: boolean;
  readonly log: boolean;
  /** Mails through a real Postfix with real milters, instead of the table. */
  readonly postfix: boolean;
}

const USAGE = `npm run bench -- [options]
  --quick             a short table
  --socket SPEC --pid PID   another milter proxy that is running, instead of our manager
  --children N,N --bodies BYTES,BYTES --at-a-time N,N --seconds S   parts of the table
  --rounds N          measures everything N times in turn and prints medians (default 1)
  --workers N         processes of our manager
  --no-pipelining     children get content one packet at a time, as unknown ones do
  --no-reuse          children get a connection for each session, as unknown ones do
  --no-log            our manager writes no log
  --postfix           mails through a real Postfix with three real milters, asked directly and behind our manager (root)
  --load DIR          sources of the generator and child in C (default ../shared/load where it is)
`;

const KB = 1024;

export function readBenchOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean' },
      socket: { type: 'string' },
      pid: { type: 'string' },
      children: { type: 'string' },
      bodies: { type: 'string' },
      'at-a-time': { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string', default: '1' },
      workers: { type: 'string', default: '0' },
      'no-pipelining': { type: 'boolean' },
      'no-reuse': { type: 'boolean' },
      'no-log': { type: 'boolean' },
      load: { type: 'string' },
      postfix: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const quick = values.quick === true;
  if ((values.socket === undefined) !== (values.pid === undefined))
    throw new Error('--socket and --pid go together');
  const seconds = number('seconds', values.seconds ?? (quick ? '1' : '2'), 0.1, true);
  return {
    children: numbers('children', values.children, 0) ?? (quick ? [1, 3] : [0, 1, 3, 10]),
    bodies:
      numbers('bodies', values.bodies, 0) ??
      (quick ? [4 * KB] : [4 * KB, 64 * KB, KB * KB, 10 * KB * KB]),
    atATime: numbers('at-a-time', values['at-a-time'], 1) ?? (quick ? [1, 50] : [1, 10, 50, 200]),
    seconds,
    rounds: number('rounds', values.rounds, 1),
    warmUp: Math.min(seconds * 2, 5),
    idle: quick ? 0 : 1000,
    other:
      values.socket === undefined
        ? undefined
        : { spec: values.socket, pid: number('pid', values.pid!, 1) },
    load: values.load,
    workers: number('workers', values.workers, 0),
    pipelining: values['no-pipelining'] !== true,
    reuse: values['no-reuse'] !== true,
    log: values['no-log'] !== true,
    postfix: values.postfix === true,
  };
}

/** @throws Error for what is no number, below the least, or, unless fractions are taken, no whole one */
function number(option: string, text: string, least: number, fractions = false): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= least && (fractions || Number.isInteger(value))) return value;
  const kind = fractions ? 'a number' : 'a whole number';
  throw new Error(`--${option}: "${text}" is not ${kind} of at least ${least}`);
}

function numbers(
  option: string,
  text: string | undefined,
  least: number,
): readonly number[] | undefined {
  return text?.split(',').map((each) => number(option, each, least));
}
