/** Asks a program of the host over HTTP, on a UNIX socket or a TCP port of its own. */
import { request } from 'node:http';
import type { Host } from './host.ts';
import { locate } from './reader.ts';

export type HttpAddress =
  { readonly socketPath: string } | { readonly host: string; readonly port: number };

const MOST_BYTES = 1024 * 1024;

/**
 * The body of a 200 answer. @param path of the URL
 * @throws Error with why there is none, after `patience` milliseconds at the latest
 */
export function httpGet(
  { root }: Pick<Host, 'root'>,
  address: HttpAddress,
  path: string,
  patience: number,
): Promise<string> {
  const target =
    'socketPath' in address ? { socketPath: locate(root, address.socketPath, true) } : address;
  return new Promise((resolve, reject) => {
    const asked = request({ ...target, path, signal: AbortSignal.timeout(patience) });
    asked.on('error', (error) => {
      const late = error.name === 'AbortError' || error.name === 'TimeoutError';
      reject(late ? new Error(`no answer within ${patience / 1000} seconds`) : error);
    });
    asked.on('response', (response) => {
      const { statusCode } = response;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_BYTES) asked.destroy(new Error('the answer does not end'));
        chunks.push(chunk);
      });
      response.on('end', () => {
        if (statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`HTTP status ${statusCode ?? '?'}`));
      });
    });
    asked.end();
  });
}
