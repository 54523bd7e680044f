import { describe, expect, it } from 'vitest';
import { spamassassin } from '../../src/edit/spamassassin.ts';
import { changedLines, documentBlock, haveShared, stock } from './stock.ts';

const merge = (text: string, template: string, commentOut: string[] = []): string =>
  spamassassin.merge(text, { text: template, commentOut }).text;
const HEADERS = 'remove_header ham Status\nremove_header ham Level\n';

describe("the documents' blocks", () => {
  it.skipIf(!haveShared)(
    'centos6: the subject is commented out, the headers come at the end',
    () => {
      const text = stock('centos-6/etc/mail/spamassassin/local.cf');
      const headers = documentBlock('centos6', 'Add the following configuration to', 1);
      const gone = documentBlock('centos6', 'default. Ifyou', 1).trim();
      const after = documentBlock('centos6', 'default. Ifyou', 2).trim();
      expect(changedLines(text, merge(text, headers, ['rewrite_header Subject']))).toEqual([
        `+${after}`,
        '+remove_header ham Status',
        '+remove_header ham Level',
        `-${gone}`,
      ]);
    },
  );

  it
    .skipIf(!haveShared)
    .each([
      'debian-13/etc/spamassassin/local.cf',
      'freebsd-10/usr/local/etc/mail/spamassassin/local.cf.sample',
    ])('%s: behind the last block, and no subject to comment out', (path) => {
    const text = stock(path);
    expect(merge(text, HEADERS, ['rewrite_header Subject'])).toBe(text + HEADERS);
  });
});

describe('lines', () => {
  it.each([
    [
      'the last counts',
      'required_score 3\nrequired_score 4\n',
      'required_score 3\nrequired_score 6\n',
    ],
    ['the old name is the same setting', 'required_hits 5 # mine\n', 'required_hits 6 # mine\n'],
    ['any case, dashes', 'Required-Score   5\n', 'Required-Score   6\n'],
    [
      'uncommented',
      '#   5 by default\n#\n# required_score 5.0\n',
      '#   5 by default\n#\nrequired_score 6\n',
    ],
    [
      'prose stays',
      '# required_score is a number\n',
      '# required_score is a number\nrequired_score 6\n',
    ],
    [
      'not in a block',
      'if x\nrequired_score 5\nendif\n',
      'if x\nrequired_score 5\nendif\nrequired_score 6\n',
    ],
    [
      'not uncommented in a block',
      'if x\n# required_score 5\nendif\n',
      'if x\n# required_score 5\nendif\nrequired_score 6\n',
    ],
    ['keeps CRLF', 'required_score 5\r\n', 'required_score 6\r\n'],
    ['no last line end', 'report_safe 0', 'report_safe 0\nrequired_score 6\n'],
    ['an escaped # is no comment', 'required_score 5 \\# # c\n', 'required_score 6 # c\n'],
  ])('%s', (_, before, after) => expect(merge(before, 'required_score 6\n')).toBe(after));

  it('says what stands in a block', () => {
    const text = 'ifplugin X\nrequired_score 5\nrewrite_header Subject A\nendif\n';
    const { notes } = spamassassin.merge(text, {
      text: 'required_score 6\n',
      commentOut: ['rewrite_header Subject'],
    });
    expect(notes).toEqual([
      'line 3 gives rewrite_header Subject in an "if" block: left alone',
      'line 2 gives required_score in an "if" block: left alone',
    ]);
  });

  it('knows a header line by type and name, in any case but ham and spam', () => {
    expect(merge('remove_header ham status\nremove_header spam Level\n', HEADERS)).toBe(
      'remove_header ham status\nremove_header spam Level\nremove_header ham Level\n',
    );
    expect(merge('rewrite_header From X\n', 'rewrite_header Subject Y\n')).toBe(
      'rewrite_header From X\nrewrite_header Subject Y\n',
    );
  });

  it('takes the header out again behind a line that adds it', () => {
    const text = `${HEADERS}add_header all Status x\n`;
    const edited = merge(text, HEADERS);
    expect(edited).toBe(`${text}remove_header ham Status\n`);
    expect(merge(edited, HEADERS)).toBe(edited);
  });

  it('refuses a block without end, in which a new line would stand', () => {
    expect(() => merge('report_safe 0\nifplugin X\n', HEADERS)).toThrow(
      'line 2: an "if" has no "endif"',
    );
  });

  it('reads the value', () => {
    const text = 'required_hits 5\nrewrite_header Subject [A] # c\nif x\nreport_safe 1\nendif\n';
    expect(spamassassin.read(text, 'required_score')).toBe('5');
    expect(spamassassin.read(text, 'rewrite_header Subject')).toBe('[A]');
    expect(spamassassin.read(text, 'report_safe')).toBeUndefined();
  });
});
