/** This machine's files, as `host.read` gives them. */
import { existsSync, readFileSync } from 'node:fs';

export function readIfThere(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}
