/** What the running manager tells of its milters at `GET /status` (src/manager/README.md). */
import type { Host } from '../../host/host.ts';
import { httpGet, type HttpAddress } from '../../host/http-get.ts';
import { errorCode } from '../../host/reader.ts';
import type { HostFacts } from '../../plan/facts.ts';
import type { ToldOfManager } from '../../ui/show-verdicts.ts';

const PATIENCE = 3000;

/** What it tells, or why it does not. */
export type Told = { readonly status: ToldOfManager } | { readonly reason: string };

export async function managerTells(host: Host, facts: HostFacts): Promise<Told> {
  const told = await askManager(host, facts, '/status');
  if ('reason' in told) return told;
  try {
    const status = JSON.parse(told.text) as unknown;
    return isStatus(status) ? { status } : { reason: 'it speaks another language' };
  } catch {
    return { reason: 'it speaks another language' };
  }
}

/** What the running manager answers. @param path of the URL */
export async function askManager(
  host: Host,
  facts: HostFacts,
  path: string,
): Promise<{ readonly text: string } | { readonly reason: string }> {
  const { platform, metricsSpec, running } = facts;
  if (!host.runs) return { reason: 'nothing runs on a tree' };
  if (host.stat(platform.managerProgram) === undefined) return { reason: 'it is not installed' };
  if (!running.has(platform.managerService)) return { reason: 'it does not run' };
  const address = addressOf(metricsSpec);
  if (address === undefined) return { reason: `cannot ask at ${metricsSpec}` };
  try {
    return { text: await httpGet(host, address, path, PATIENCE) };
  } catch (error) {
    return { reason: reasonOf(error, metricsSpec) };
  }
}

function isStatus(value: unknown): value is ToldOfManager {
  return typeof value === 'object' && value !== null && 'schema' in value && value.schema === 1;
}

function addressOf(spec: string): HttpAddress | undefined {
  const [, socketPath] = /^(?:unix|local):(.+)$/.exec(spec) ?? [];
  if (socketPath !== undefined) return { socketPath };
  const [, port, host] = /^inet6?:(\d+)(?:@(.+))?$/.exec(spec) ?? [];
  return port === undefined ? undefined : { port: Number(port), host: host ?? '127.0.0.1' };
}

function reasonOf(error: unknown, spec: string): string {
  const code = errorCode(error);
  if (code === 'EACCES' || code === 'EPERM') return 'root may ask it: sudo milter-setup status';
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return `no answer at ${spec} (metrics of its ini); milter-setup sets that up`;
  }
  return `${spec}: ${error instanceof Error ? error.message : String(error)}`;
}
