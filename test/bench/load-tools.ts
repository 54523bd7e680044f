/** What makes the load: the generator and the child in C where they can be compiled, else slower ones of our own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Command lines to which the options are appended; both kinds understand the same ones. */
export interface LoadTools {
  readonly generator: readonly string[];
  readonly child: readonly string[];
}

const DEFAULT_SOURCES = '../shared/load';

/** @param say told what is used, since figures of the two kinds cannot be compared */
export function findLoadTools(
  sources: string | undefined,
  directory: string,
  say: (line: string) => void,
): LoadTools {
  const from = sources ?? DEFAULT_SOURCES;
  if (existsSync(join(from, 'gen.c')) && existsSync(join(from, 'child.c'))) {
    const generator = compile(join(from, 'gen.c'), join(directory, 'gen'));
    const child = compile(join(from, 'child.c'), join(directory, 'child'));
    if (generator && child) return { generator: [generator], child: [child] };
    say(
      `cc does not compile ${from}: the built-in generator is used, which is slower than what it measures`,
    );
  } else {
    say(
      `no gen.c in ${from}: the built-in generator is used, which is slower than what it measures`,
    );
  }
  const self = [process.execPath, process.argv[1]!];
  return { generator: [...self, 'generate'], child: [...self, 'answer'] };
}

function compile(source: string, target: string): string | undefined {
  const { status } = spawnSync('cc', ['-O2', '-w', '-pthread', '-o', target, source]);
  return status === 0 ? target : undefined;
}
