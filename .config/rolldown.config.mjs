import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';
import { writeLicenses } from './third-party-licenses.mjs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** One self-contained file for each program: the daemon must run with no node_modules beside it. */
const programs = {
  'milter-setup': 'src/cli/milter-setup.ts',
  'milter-manager': 'src/manager/program/main.ts',
  'milter-test-server': 'src/tester/main.ts',
  'demo-greylister': 'src/demo/greylister.ts',
  'demo-virus-finder': 'src/demo/virus-finder.ts',
  'demo-spam-scorer': 'src/demo/spam-scorer.ts',
  // Not in the package: writes dist/man.
  manual: 'src/manual/main.ts',
  // Not in the package: for people who work on the manager.
  bench: 'test/bench/main.ts',
};

const bundled = new Set();
const collectLicenses = {
  name: 'collect-licenses',
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk') for (const id of chunk.moduleIds) bundled.add(id);
    }
  },
  writeBundle() {
    writeLicenses(bundled, 'dist/THIRD-PARTY-LICENSES');
  },
};

export default defineConfig(
  Object.entries(programs).map(([name, input]) => ({
    input,
    platform: 'node',
    plugins: [collectLicenses],
    transform: { define: { __VERSION__: JSON.stringify(version) } },
    output: { file: `dist/${name}.cjs`, format: 'cjs', codeSplitting: false, minify: false },
  })),
);
