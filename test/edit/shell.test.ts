import { describe, expect, it } from 'vitest';
import { shell } from '../../src/edit/shell.ts';
import { changedLines, documentBlock, haveShared, stock } from './stock.ts';

const merge = (text: string, template: string): string =>
  shell.merge(text, { text: template }).text;
const notes = (text: string, template: string): string =>
  shell.merge(text, { text: template }).notes.join();

describe("the documents' blocks", () => {
  it('centos6: the Before block becomes the After block', () => {
    const before = '#SOCKET=/var/run/spamass.sock\n#EXTRA_FLAGS="-m -r 15"\n';
    const after = 'SOCKET="inet:11120@[127.0.0.1]"\nEXTRA_FLAGS="-m -r 15"\n';
    expect(merge(before, after)).toBe(after);
    const epel = '#SOCKET=/var/run/spamass-milter/spamass-milter.sock\n#EXTRA_FLAGS="-m -r 15"\n';
    expect(merge(epel, after)).toBe(after);
  });

  it.skipIf(!haveShared)('freebsd: rc.conf gets the lines at its end', () => {
    const text = stock('freebsd-current/etc/rc.conf');
    const block = documentBlock('freebsd', 'We add the following to /etc/rc.conf:', 1);
    expect(merge(text, block)).toBe(text + block);
  });

  it.skipIf(!haveShared)('centos6: the daemon options, for debugging', () => {
    const text = stock('centos-6/etc/sysconfig/milter-manager');
    const block = documentBlock('centos6', 'You can add the following configuration to', 1);
    expect(changedLines(text, merge(text, block))).toEqual([
      '+OPTION_ARGS="--verbose --no-daemon"',
      '-# OPTION_ARGS="--verbose --no-daemon"',
    ]);
  });
});

describe('values', () => {
  it.each([
    ['double quotes stay', 'K="a"\n', 'K="b"\n'],
    ['single quotes stay', "K='a'\n", "K='b'\n"],
    ['no quotes stay', 'K=a\n', 'K=b\n'],
    ['a bare empty value gets quotes', 'K=\n', 'K="b"\n'],
    ['mixed quotes go', `K="a"'b'\n`, 'K="b"\n'],
    ['a comment behind stays', 'K="a" # why\n', 'K="b" # why\n'],
    ['indentation stays', '  K="a"\n', '  K="b"\n'],
    ['the last counts', 'K="x"\nK="a"\n', 'K="x"\nK="b"\n'],
    ['over two lines', 'K="a \\\n  c"\nL=1\n', 'K="b"\nL=1\n'],
    ['a semicolon at the end', 'K=a;\n', 'K=b;\n'],
    ['uncommented with a blank', '# K="a" # why\n', 'K="b" # why\n'],
    ['the commented line of that value', '#K=a\n#K=b\n', '#K=a\nK="b"\n'],
    ['prose stays', '# K=a is best\n', '# K=a is best\nK="b"\n'],
    ['a longer name is another', 'KK=a\n', 'KK=a\nK="b"\n'],
    ['not what a backslash joins', ': \\\n#K=a\n', ': \\\n#K=a\nK="b"\n'],
    ['no last line end', 'L=1', 'L=1\nK="b"\n'],
    ['not in a here-document', 'cat <<E\nK=a\n#K=a\nE\n', 'cat <<E\nK=a\n#K=a\nE\nK="b"\n'],
    ['not for one command', 'K=a cmd\n', 'K=a cmd\nK="b"\n'],
    ['not in a string', "L='\nK=a\n'\n", 'L=\'\nK=a\n\'\nK="b"\n'],
    ['same value in other quotes', "K='b'\n", "K='b'\n"],
  ])('%s', (_, before, after) => expect(merge(before, 'K="b"\n')).toBe(after));

  it('takes the quotes of the template where the old ones cannot hold the value', () => {
    expect(merge("K='a'\n", `K="it's"\n`)).toBe(`K="it's"\n`);
    expect(merge('K=a\n', 'K="a b"\n')).toBe('K="a b"\n');
    expect(merge('K=a\n', 'K="$L/x"\n')).toBe('K="$L/x"\n');
  });

  it('copies the comment of the template only with a new line', () => {
    const template = '# Why.\nK="b"\n';
    expect(merge('L=1\n', template)).toBe('L=1\n\n# Why.\nK="b"\n');
    expect(merge('K="a"\n', template)).toBe('K="b"\n');
  });

  it('comments out', () => {
    const text = 'K="a\nb"\nL=1\n';
    expect(shell.merge(text, { text: '', commentOut: ['K'] }).text).toBe('#K="a\n#b"\nL=1\n');
  });
});

describe('what is not ours', () => {
  it.each([
    'if true; then\n  K=c\nfi\n',
    'case $1 in\n  a|b) K=c ;;\n  (d) K=e;;\nesac\n',
    'for i in 1 2; do K=$i; done\n',
    'f() {\n  K=c\n}\n',
    'function f {\n  K=c\n}\n',
    '{ K=c; }\n',
    'export K=c\n',
    'L=1; K=c\n',
    '[ -x /x ] && K=c\n',
    ': ${K:=c}\n',
    'unset K\n',
    'K=c :\n',
  ])('wins over a line above it, so the file is refused: %j', (foreign) => {
    expect(() => merge(`K=a\n${foreign}`, 'K="b"\n')).toThrow(/line \d: K is set/);
    expect(merge(`${foreign}K=a\n`, 'K="b"\n')).toBe(`${foreign}K=b\n`);
    expect(merge(foreign, 'K="b"\n')).toBe(`${foreign}K="b"\n`);
    expect(notes(foreign, 'K="b"\n')).toContain('sets K too');
  });

  it.each([
    ['K="a\n', 'line 1: a " string has no end'],
    ['L=1\nif true; then\nK=a\n', 'line 2: a block has no "fi"'],
    ['K=a\r\nL=b\r\n', 'line 1: CRLF'],
    ['cat <<E\nK=a\n', 'here-document E'],
    ['cat <<E\nK=a \\\nE\n', 'here-document E'],
    ['L=1 \\\n', 'line 1: a backslash at the end of the line'],
    ['exit 0\nK=a\n', 'line 1: the file ends here'],
  ])('refused: %j', (text, reason) => expect(() => merge(text, 'K="b"\n')).toThrow(reason));

  it('says that another file is read later', () => {
    expect(notes('K=a\n. /etc/other\n', 'K="b"\n')).toContain('another file is read');
  });
});

describe('additions to the value of the package', () => {
  const DEBIAN = 'debian-13/etc/default/spamass-milter';

  it.skipIf(!haveShared)('uncomments the stock additions', () => {
    const text = stock(DEBIAN);
    const edited = merge(text, 'OPTIONS="${OPTIONS} -r 15"\nOPTIONS="${OPTIONS} -m"\n');
    expect(changedLines(text, edited)).toEqual([
      '+OPTIONS="${OPTIONS} -r 15"',
      '-#OPTIONS="${OPTIONS} -r 15"',
      '+OPTIONS="${OPTIONS} -m"',
      '-#OPTIONS="${OPTIONS} -m"',
    ]);
    expect(shell.read(edited, 'OPTIONS')).toBe('-u spamass-milter -i 127.0.0.1 -r 15 -m');
  });

  it.skipIf(!haveShared)('puts another addition behind the value, with its comment', () => {
    const text = stock(DEBIAN);
    const edited = merge(text, '# Ours.\nOPTIONS="${OPTIONS} -m -r 15"\n');
    const base = 'OPTIONS="-u spamass-milter -i 127.0.0.1"\n';
    expect(edited).toBe(text.replace(base, `${base}# Ours.\nOPTIONS="\${OPTIONS} -m -r 15"\n`));
    expect(merge(edited, 'OPTIONS="${OPTIONS} -m -r 15"\n')).toBe(edited);
  });

  it.each([
    [
      'takes the place of the same with another number',
      'O=a\nO="$O -r 15"\n',
      'O=a\nO="$O -r 10"\n',
    ],
    ['uncomments the same with another number', 'O=a\n#O="$O -r 15"\n', 'O=a\nO="$O -r 10"\n'],
    [
      'stands behind the last new value',
      'O="$O -r 10"\nO=a\n',
      'O="$O -r 10"\nO=a\nO="$O -r 10"\n',
    ],
    ['keeps other additions', 'O=a\nO="$O -m"\nL=1\n', 'O=a\nO="$O -m"\nO="$O -r 10"\nL=1\n'],
    [
      'goes to the end behind a block',
      'O=a\nif x; then O=b; fi\n',
      'O=a\nif x; then O=b; fi\nO="$O -r 10"\n',
    ],
  ])('%s', (_, before, after) => expect(merge(before, 'O="$O -r 10"\n')).toBe(after));

  it('keeps additions of others when the value itself changes', () => {
    expect(merge('K=a\nK="$K c"\n', 'K="b"\n')).toBe('K=b\nK="$K c"\n');
    expect(merge('K="$K c"\n', 'K="b"\n')).toBe('K="b"\nK="$K c"\n');
    expect(notes('K=a\nK="$K c"\n', 'K="b"\n')).toContain('line 2 adds to K: kept');
  });
});

describe('reading', () => {
  it.each([
    ['K=a\nK=b\n', 'b'],
    [`K="a "'b c'd\\ e\n`, 'a b cd e'],
    ['D=/run\nK=$D/x\nD=/other\n', '/run/x'],
    ['K="${NOT_SET}x"\n', 'x'],
    ['K="a\\"b\\$c"\n', 'a"b$c'],
    ['K="$(date)"\n', '"$(date)"'],
    ['export K=c\n', 'c'],
    ['if x; then K=c; fi\n', undefined],
    ['K=a # c\n', 'a'],
    ['K=a#c\n', 'a#c'],
    ['K=voil\xc3\xa0\n', 'voil\xc3\xa0'],
    ['K=a\fb\n', 'a\fb'],
  ])('%j', (text, value) => expect(shell.read(text, 'K')).toBe(value));
});
