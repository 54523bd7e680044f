/** Hosts made of a few files, on a real file system below a temporary directory. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostReader } from '../../src/host/host.ts';
import { openReader } from '../../src/host/reader.ts';
import { afterThisFile } from '../cleanup.ts';

/** Files by path: their text, or where they link to. */
export function hostOf(
  files: Readonly<Record<string, string | { readonly to: string }>>,
): HostReader {
  const root = fs.mkdtempSync(join(tmpdir(), 'detect-'));
  afterThisFile(() => fs.rmSync(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    fs.mkdirSync(join(root, dirname(path)), { recursive: true });
    if (typeof content === 'string') fs.writeFileSync(join(root, path), content);
    else fs.symlinkSync(content.to, join(root, path));
  }
  return openReader(root);
}

/** A whole tree of `test/hosts`. */
export function hostTree(name: string): HostReader {
  return openReader(fileURLToPath(new URL(`../hosts/${name}`, import.meta.url)));
}
