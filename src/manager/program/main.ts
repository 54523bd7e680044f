/** The program `milter-manager`. */
import { VERSION } from '../../program/version.ts';
import { readCommandLine } from './command-line.ts';
import { answerAside } from './load-aside.ts';
import { run } from './program.ts';

if (!answerAside()) {
  void run(readCommandLine(process.argv.slice(2), VERSION), VERSION).then((code) => {
    process.exit(code);
  });
}
