/** An answers file that would be half read, or would hold the run, is refused before anything is done. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAnswersFile, readAnswersFile } from '../../src/questions/answers-file.ts';
import { afterThisFile } from '../cleanup.ts';

const directory = mkdtempSync(join(tmpdir(), 'answers-'));
afterThisFile(() => rmSync(directory, { recursive: true }));

describe('an answers file', () => {
  it.each([
    ['milters = greylist\nmilters = clamav\n', 2, 1],
    ['; mine\nmilters=greylist\n\n  milters  = greylist\n', 4, 2],
    ['default-action = accept\r\nmilters = none\r\ndefault-action = tempfail\r\n', 3, 1],
  ])('with a key twice is refused by its lines: %j', (text, second, first) => {
    expect(() => parseAnswersFile(text, 'a.ini')).toThrow(
      new RegExp(`a\\.ini:${second}: .* line ${first} has it`),
    );
  });

  it('may have a key again in a comment', () => {
    const text = '; milters = clamav\n#milters = clamav\nmilters = greylist\n';
    expect(parseAnswersFile(text, 'a.ini')).toEqual({ milters: 'greylist' });
  });

  it('that is a pipe or a directory is refused', () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, directory]) {
      expect(() => readAnswersFile(path)).toThrow(/no regular file/);
    }
  });
});
