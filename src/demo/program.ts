/** Runs a demo milter as a program: its options, its socket, its end. */

import { unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import {
  ConnectionSpecError,
  formatConnectionSpec,
  parseConnectionSpec,
  type ConnectionSpec,
} from '../protocol/connection-spec.ts';
import { serve, type Milter } from './milter.ts';

/** Values of the options that a demo milter has beside `-s`; each takes a number. */
export type Numbers = Readonly<Record<string, number>>;

export interface Usage {
  readonly name: string;
  /** What it does, one line. */
  readonly about: string;
  /** Options beside `-s`: default and meaning. */
  readonly numbers: Readonly<Record<string, { readonly value: number; readonly meaning: string }>>;
}

/**
 * Reads the command line, listens, prints `listening on SPEC`, and ends on TERM or INT with its socket
 * removed. Wrong usage ends with exit code 2, a socket that cannot be had with 1.
 */
export function run(usage: Usage, create: (numbers: Numbers) => Milter): void {
  const { spec, numbers } = readArguments(usage);
  const sockets = new Set<Socket>();
  const milter = create(numbers);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(milter, socket);
  });
  listen(server, spec);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
  }
}

function readArguments(usage: Usage): { spec: ConnectionSpec; numbers: Numbers } {
  try {
    const own = Object.keys(usage.numbers).map((name) => [name, { type: 'string' as const }]);
    const { values } = parseArgs({
      options: {
        'connection-spec': { type: 'string', short: 's' },
        help: { type: 'boolean', short: 'h' },
        ...(Object.fromEntries(own) as Record<string, { type: 'string' }>),
      },
    });
    if (values.help === true) {
      process.stdout.write(helpText(usage));
      process.exit(0);
    }
    const spec = parseConnectionSpec(values['connection-spec'] ?? '');
    const given: Readonly<Record<string, unknown>> = values;
    const numbers = Object.entries(usage.numbers).map(([name, { value }]) => {
      const number = Number(given[name] ?? value);
      if (!(number >= 0)) throw new ConnectionSpecError(`--${name} wants a number`);
      return [name, number] as const;
    });
    return { spec, numbers: Object.fromEntries(numbers) };
  } catch (error) {
    process.stderr.write(`${usage.name}: ${(error as Error).message}\n${helpText(usage)}`);
    process.exit(2);
  }
}

function helpText(usage: Usage): string {
  const options = Object.entries(usage.numbers).map(
    ([name, { value, meaning }]) => `  --${name} NUMBER  ${meaning} (${value})\n`,
  );
  return `Usage: ${usage.name} -s SPEC\n${usage.about}\n\n  -s SPEC  unix:PATH or inet:PORT@HOST\n${options.join('')}`;
}

function listen(server: Server, spec: ConnectionSpec): void {
  const fail = (error: Error) => {
    process.stderr.write(`cannot listen on ${formatConnectionSpec(spec)}: ${error.message}\n`);
    process.exit(1);
  };
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' || spec.kind !== 'unix') {
      fail(error);
      return;
    }
    // A socket file that nobody listens on is left from a crash; a live one is somebody else's.
    const probe = connect(spec.path);
    probe.once('connect', () => {
      fail(error);
    });
    probe.once('error', () => {
      server.once('error', fail);
      unlinkSync(spec.path);
      server.listen(spec.path);
    });
  });
  server.once('listening', () => {
    const bound = server.address();
    const real =
      spec.kind !== 'unix' && bound !== null && typeof bound === 'object'
        ? { ...spec, port: bound.port }
        : spec;
    process.stdout.write(`listening on ${formatConnectionSpec(real)}\n`);
  });
  if (spec.kind === 'unix') server.listen(spec.path);
  else server.listen(spec.port, spec.host ?? (spec.kind === 'inet' ? '0.0.0.0' : '::'));
}
