/** A step that failed is named once in a line. */
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { SetupError } from '../../src/host/setup-error.ts';
import { createProgress } from '../../src/ui/progress.ts';
import { decideStyle } from '../../src/ui/style.ts';
import { commandChange } from '../apply/small-host.ts';

it.each(['failed', 'warned', 'not-undone'] as const)('%s', (kind) => {
  const output = new PassThrough();
  const style = decideStyle({
    environment: {},
    isTTY: false,
    columns: 80,
    when: 'never',
    verbose: false,
  });
  const progress = createProgress({
    output: output as unknown as NodeJS.WriteStream,
    style,
    verbose: false,
  });
  const change = { ...commandChange('service', []), title: 'start spamd' };
  const { message } = new SetupError({ code: 'change-failed', message: 'start spamd: it ended' });
  progress.report(
    kind === 'not-undone' ? { kind, change, reason: message } : { kind, change, message },
  );
  expect(String(output.read())).toMatch(/^\S+ (not undone: )?start spamd: it ended\n$/);
});
