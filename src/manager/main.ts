/** The program `milter-manager`. */
import { readCommandLine } from './command-line.ts';
import { run } from './program.ts';

/** Put in by the build. */
declare const __VERSION__: string;

const version = typeof __VERSION__ === 'string' ? __VERSION__ : 'unbuilt';

void run(readCommandLine(process.argv.slice(2), version), version).then((code) => {
  process.exit(code);
});
