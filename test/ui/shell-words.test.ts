import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteArgv, quoteCommand } from '../../src/ui/shell-words.ts';

test('a plain command stays readable', () => {
  expect(quoteArgv(['pw', 'groupmod', 'mail', '-m', 'postfix'])).toBe(
    'pw groupmod mail -m postfix',
  );
});

test('sh reads back every word as it was', () => {
  const word = fc.string({
    unit: fc.constantFrom(...Array.from('ab=-/ \t\n\'"\\$`*?~#;&|<>(){}[]!é')),
  });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
      const script = quoteArgv(['printf', '%s\\0', ...words]);
      const output = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
      expect(output).toBe(words.map((each) => `${each}\0`).join(''));
    }),
    { numRuns: 100 },
  );
});

test('the environment stands before the command', () => {
  const command = { argv: ['sh', '-c', 'printf %s "$A"'], environment: { A: "it's $1" } };
  expect(execFileSync('sh', ['-c', quoteCommand(command)], { encoding: 'utf8' })).toBe("it's $1");
});
