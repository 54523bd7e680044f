/** Serves `/metrics` for Prometheus and `/status` for `milter-setup status`, on a UNIX socket or TCP port. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { dirname } from 'node:path';
import { AggregatorRegistry, Registry } from 'prom-client';
import {
  formatConnectionSpec,
  parseConnectionSpec,
  type ConnectionSpec,
} from '../../protocol/connection-spec.ts';
import type { Locate } from '../child/child-socket.ts';
import { clearTheWay } from '../program/listener.ts';
import type { MetricValues } from './metrics.ts';
import { addUp, type ProcessStatus } from './status-board.ts';

/** What each process has to tell. */
export interface Sources {
  metrics(): Promise<readonly MetricValues[]>;
  status(): Promise<readonly ProcessStatus[]>;
}

export interface MetricsServer {
  close(): void;
}

/** rw for us and for our group; a directory of ours lets nobody else through. */
const UMASK = 0o117;
const DIRECTORY_MODE = 0o700;

/**
 * A UNIX socket's directory is made where only that one is missing. @param version the program's
 * @throws where it cannot listen
 */
export async function serveMetrics(
  spec: ConnectionSpec,
  locate: Locate,
  sources: Sources,
  version: string,
): Promise<MetricsServer> {
  const started = { at: new Date(), clock: performance.now() };
  const server = createServer((request, response) => {
    const answer =
      request.url === '/metrics'
        ? metricsText(sources)
        : request.url === '/status'
          ? statusText(sources, version, started)
          : undefined;
    if (answer === undefined) {
      response.writeHead(404).end();
      return;
    }
    answer
      .then(({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text))
      .catch(() => response.writeHead(500).end());
  });
  // Below a root directory it may be too long: then libuv would cut it off and listen elsewhere.
  if (spec.kind === 'unix') parseConnectionSpec(`unix:${locate(spec.path)}`);
  const own = spec.kind === 'unix' ? makeDirectory(dirname(locate(spec.path))) : undefined;
  await clearTheWay({ spec, locate, removeStale: true, mode: 0, group: undefined });
  await listen(server, spec, locate);
  return {
    close() {
      server.close();
      if (own !== undefined) removeDirectory(own);
    },
  };
}

interface Answer {
  readonly type: string;
  readonly text: string;
}

async function metricsText(sources: Sources): Promise<Answer> {
  const all = (await sources.metrics()) as object[][] as unknown as MetricValues[];
  const text = await AggregatorRegistry.aggregate(all).metrics();
  return { type: Registry.PROMETHEUS_CONTENT_TYPE, text };
}

async function statusText(
  sources: Sources,
  version: string,
  started: { readonly at: Date; readonly clock: number },
): Promise<Answer> {
  const status = {
    schema: 1,
    version,
    started: started.at.toISOString(),
    // The machine's clock may be set meanwhile.
    uptimeSeconds: Math.round((performance.now() - started.clock) / 1000),
    ...addUp(await sources.status()),
  };
  return { type: 'application/json', text: `${JSON.stringify(status)}\n` };
}

/** The socket has its mode from its first moment on. */
function listen(server: Server, spec: ConnectionSpec, locate: Locate): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', (error) => {
      reject(new Error(`cannot listen on ${formatConnectionSpec(spec)}: ${error.message}`));
    });
    const before = process.umask(UMASK);
    if (spec.kind === 'unix') server.listen(locate(spec.path), resolve);
    else server.listen(spec.port, spec.host, resolve);
    process.umask(before);
  });
}

/** Ours alone. @returns undefined where it was there */
function makeDirectory(path: string): string | undefined {
  try {
    mkdirSync(path, { mode: DIRECTORY_MODE });
    return path;
  } catch {
    // It is there, or cannot be made: then listening says why.
    return undefined;
  }
}

function removeDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Somebody has put something there.
  }
}
