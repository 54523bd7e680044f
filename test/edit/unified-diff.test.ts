import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { redactedDiff, unifiedDiff } from '../../src/edit/unified-diff.ts';
import { havePrograms, runs } from './programs.ts';

it('is a diff that people know', () => {
  expect(unifiedDiff('/etc/a', 'one\ntwo\n', 'one\n2\n')).toBe(
    '--- /etc/a\n+++ /etc/a\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n',
  );
  expect(unifiedDiff('/etc/a', 'one', 'one\n')).toBe(
    '--- /etc/a\n+++ /etc/a\n@@ -1,1 +1,1 @@\n-one\n\\ No newline at end of file\n+one\n',
  );
  expect(unifiedDiff('/etc/a', undefined, 'one\n')).toBe(
    '--- /dev/null\n+++ /etc/a\n@@ -0,0 +1,1 @@\n+one\n',
  );
  expect(unifiedDiff('/etc/a', 'one\n', undefined)).toBe(
    '--- /etc/a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-one\n',
  );
  expect(unifiedDiff('/etc/a', 'one\n', 'one\n')).toBe('');
});

describe.skipIf(!havePrograms('patch'))('patch -p0', () => {
  const dir = mkdtempSync(join(tmpdir(), 'unified-diff-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  const bytes = fc.constantFrom(
    'a',
    'b',
    '\n',
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\xe9',
    '\xff',
    '-',
    '+',
    '@',
    '\\',
    '\f',
  );
  const text = fc.string({ unit: bytes, maxLength: 40 });
  const file = fc.constantFrom('main.cf', 'a b.conf');

  it('gives the other text, byte for byte', () => {
    fc.assert(
      fc.property(
        fc.option(text, { nil: undefined }),
        fc.option(text, { nil: undefined }),
        file,
        (before, after, name) => {
          const path = join(dir, name);
          rmSync(path, { force: true });
          if (before !== undefined) writeFileSync(path, before, 'latin1');
          const diff = unifiedDiff(name, before, after);
          if (diff !== '') {
            const input = Buffer.from(diff, 'latin1');
            execFileSync('patch', ['-p0', '--silent', '--binary', '--no-backup-if-mismatch'], {
              cwd: dir,
              input,
            });
          }
          const now = existsSync(path) ? readFileSync(path, 'latin1') : undefined;
          // Without the file or with an empty one is the same to a diff.
          expect(now ?? '').toBe(after ?? '');
        },
      ),
      runs(60),
    );
  });
});

/** What patch(1) makes of the text. */
function patched(text: string, diff: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'redacted-diff-'));
  try {
    writeFileSync(join(directory, 'f'), text);
    const argv = ['-p1', '--silent', '--no-backup-if-mismatch'];
    execFileSync('patch', argv, { cwd: directory, input: diff });
    return readFileSync(join(directory, 'f'), 'latin1');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('secrets', () => {
  const before = 'user = a\npassword = old1\n  old2\n#password = old3\n[x]\n';
  const after = 'user = b\npassword = new1\n  new2\n#password = old3\n[x]\n';

  it('are hidden, and that they change is not', () => {
    const diff = redactedDiff('/f', before, after, ['Password']);
    expect(diff).not.toMatch(/old|new/);
    expect(diff).toContain('-password = [hidden]\n');
    expect(diff).toContain('+password = [hidden, changed]\n');
    expect(diff).toContain('+user = b\n');
  });

  it('that stay the same make no change', () => {
    const diff = redactedDiff('/f', before, before.replace('user = a', 'user = b'), ['password']);
    expect(diff.split('\n').filter((line) => /^[-+][^-+]/.test(line))).toEqual([
      '-user = a',
      '+user = b',
    ]);
    expect(diff).not.toContain('old');
  });

  it.skipIf(!havePrograms('patch')).each([
    ['just above', 'password = x\na\nb\nc\nd\n'],
    ['just below', 'b\na\npassword = x\nc\nd\n'],
    ['a line away', 'b\nc\npassword = x\nb\na\nb\nc\nd\n'],
    ['on both sides', 'password = x\na\n#password = y\n'],
    ['among many lines', `${'c\n'.repeat(9)}password = x\nb\na\nb\nd\npassword = x\nc\n`],
  ])('%s of a change leave patch enough to go by', (_where, text) => {
    const changed = text.replace('a\n', 'A\nB\n');
    const diff = redactedDiff('/f', text, changed, ['password']);
    expect(diff).not.toMatch(/password/);
    expect(patched(text, diff)).toBe(changed);
  });

  it('of addresses are hidden wherever they stand', () => {
    const text = 'PrivateMirror http://user:pass@example.org/x\n';
    expect(redactedDiff('/f', undefined, text, [])).toContain(
      '+PrivateMirror http://[hidden]@example.org/x\n',
    );
  });

  it.each(['rpc_secret="x"\n', 'Password x\n', '  secret x # y\n'])(
    'of other formats: %j',
    (text) => {
      expect(redactedDiff('/f', undefined, text, ['rpc_secret', 'password', 'secret'])).not.toMatch(
        /[ "]x/,
      );
    },
  );
});
