import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** One self-contained file for each program: the daemon must run with no node_modules beside it. */
const programs = {
  'milter-setup': 'src/cli/milter-setup.ts',
  'milter-manager': 'src/manager/main.ts',
  'milter-test-server': 'src/tester/main.ts',
  'demo-greylister': 'src/demo/greylister.ts',
  'demo-virus-finder': 'src/demo/virus-finder.ts',
  'demo-spam-scorer': 'src/demo/spam-scorer.ts',
};

export default defineConfig(
  Object.entries(programs).map(([name, input]) => ({
    input,
    platform: 'node',
    transform: { define: { __VERSION__: JSON.stringify(version) } },
    output: { file: `dist/${name}.cjs`, format: 'cjs', codeSplitting: false, minify: false },
  })),
);
