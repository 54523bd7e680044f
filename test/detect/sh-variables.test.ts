/** Scripts of settings: what we read in them is what sh itself would leave in its variables. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShellVariables } from '../../src/detect/sh-variables.ts';
import { hostOf } from './host-of.ts';

const NAMES = ['A', 'B', 'C'] as const;

function read(script: string): (string | undefined)[] {
  const shell = new ShellVariables(hostOf({ '/script': script }));
  shell.source('/script');
  return NAMES.map((name) => shell.get(name));
}

/** The variables after a real sh has run the script; `unset` told apart from empty. */
function run(script: string): (string | undefined)[] {
  const print = NAMES.map((name) => `printf '%s\\0' "\${${name}-<unset>}"`).join('\n');
  const output = execFileSync('/bin/sh', ['-c', `${script}\n${print}`], {
    env: { PATH: '/usr/bin:/bin' },
    encoding: 'latin1',
  });
  return output
    .split('\0')
    .slice(0, -1)
    .map((each) => (each === '<unset>' ? undefined : each));
}

describe('settings', () => {
  it.each([
    ['quotes', `A="x y"; B='a "b" $C'  C=a\\ b"c"'d'\n`],
    ['trailing comments', 'A="YES" # at boot\nB=no#comment\nC=#empty\n'],
    ['continued lines', 'A="one \\\ntwo"\nB=three\\\nfour\n'],
    ['defaults', ': ${A:=one} ${B="$A two"}\nC=${C-three}\nA=${A:+four}\n'],
    ['empty is set', 'A=\n: ${A:-x}\n: ${A=x}\nB=${A:-y}\nC=${A-y}\n'],
    ['nested quotes', 'A=1\nB="${A:-"x y"}-${C:-\'z\'}"\n'],
    [
      'if and else',
      'if [ -z "$A" ]; then B=1; elif [ -n "$A" ]; then B=2; else B=3; fi\nif [ x = y ]\nthen C=4\nelse C=5\nfi\n',
    ],
    [
      'nested if',
      'A=1\nif [ $A = 1 ]; then if [ $A = 2 ]; then B=1; else B=2; fi; C=3; else C=4; fi\n',
    ],
    [
      'and, or',
      '[ -z "$A" ] && A=1\n[ -z "$A" ] || B=2\n[ -n "$A" ] && [ -n "$B" ] && C=3\n! [ -n "$C" ] && C=4\n',
    ],
    ['functions', 'start()\n{\n  A=1\n  if true; then B=2; fi\n}\nstop () { A=3; }\nC=4\n'],
    ['loops that do nothing', 'for A in; do B=1; done\nwhile false; do B=2; done\nC=5\n'],
    [
      'case within if',
      'if [ -z "$A" ]; then\ncase x in\n  y) B=1 ;;\n  (z|w) B=2 ;;\nesac\nC=6\nfi\n',
    ],
    [
      'here-documents',
      "cat > /dev/null <<EOF\nA=1\n\"\nEOF\nB=2 >/dev/null 2>&1\ncat >/dev/null <<-'END'\n\tA=3\n\tEND\nC=4\n",
    ],
    ['subshells', '(A=1)\n{ B=2; }\n(exit 0) || C=3\n'],
    ['export', 'export A=1 B\nB=2\nreadonly C="3 4"\n'],
    ['a variable for one command', 'A=1 true\nB=3\n'],
    [
      'field splitting in tests',
      'A=""\nif [ $A ]; then B=1; else B=2; fi\nC="a b"\nif [ "$C" = "a b" ]; then A=3; fi\n',
    ],
  ])('%s', (_, script) => {
    expect(read(script)).toEqual(run(script));
  });

  it('are read as sh reads them, whatever is combined', () => {
    const name = fc.constantFrom(...NAMES);
    const plain = fc.stringMatching(/^[a-z0-9/:@.-]{0,4}$/);
    const variable = fc.oneof(
      name.map((each) => `$${each}`),
      fc
        .tuple(name, fc.constantFrom('-', ':-', '=', ':=', '+', ':+'), plain)
        .map(([each, operator, operand]) => `\${${each}${operator}${operand}}`),
    );
    const word = fc
      .array(
        fc.oneof(
          plain,
          plain.map((each) => `'${each} $A "'`),
          fc.tuple(plain, variable).map(([text, each]) => `"${text} ${each}'\\$"`),
          variable,
          fc.constant('\\ '),
        ),
        { maxLength: 3 },
      )
      .map((pieces) => pieces.join(''));
    const assignment = fc.tuple(name, word).map(([each, value]) => `${each}=${value}`);
    const test = fc.oneof(
      fc.tuple(fc.constantFrom('-z', '-n'), name).map(([each, of]) => `[ ${each} "$${of}" ]`),
      fc.tuple(name, plain).map(([each, value]) => `[ "$${each}" = "${value}" ]`),
    );
    const statement = fc.oneof(
      assignment,
      fc.tuple(test, assignment).map(([each, then]) => `${each} && ${then}`),
      fc.tuple(test, assignment).map(([each, otherwise]) => `${each} || ${otherwise}`),
      fc
        .tuple(test, assignment, assignment)
        .map(([each, then, otherwise]) => `if ${each}; then ${then}; else ${otherwise}; fi`),
      variable.map((each) => `: ${each} # comment`),
      assignment.map((each) => `f() { ${each}; }`),
    );
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), (statements) => {
        const script = `${statements.join('\n')}\n`;
        expect(read(script)).toEqual(run(script));
      }),
      { numRuns: 40 },
    );
  });
});

describe('what only a shell could tell', () => {
  it('stays as it is written', () => {
    expect(read('A=`hostname`\nB="$(hostname -f):25"\nC=${A%%.*}\n')).toEqual([
      '`hostname`',
      '$(hostname -f):25',
      '${A%%.*}',
    ]);
  });

  it('decides no branch: neither is taken', () => {
    expect(read('if hostname | grep -q mx; then A=1; else A=2; fi\nid && B=3\nC=4\n')).toEqual([
      undefined,
      undefined,
      '4',
    ]);
  });
});

describe('files', () => {
  it('are sourced where the script says, and stand as the source of what they set', () => {
    const shell = new ShellVariables(
      hostOf({
        '/etc/init.d/x':
          'CONF=/etc/default/x\nA=1\n[ -r $CONF ] && . $CONF\nB=${B:-2}\n. /etc/none\n',
        '/etc/default/x': '# settings\n\nA=3\n',
      }),
    );
    shell.source('/etc/init.d/x');
    expect(shell.values.get('A')).toEqual({ value: '3', source: '/etc/default/x:3' });
    expect(shell.values.get('B')).toEqual({ value: '2', source: '/etc/init.d/x:4' });
  });

  it('that source themselves come to an end', () => {
    const shell = new ShellVariables(hostOf({ '/a': '. /b\nA=1\n', '/b': '. /a\nB=2\n' }));
    expect(shell.source('/a')).toBe(true);
    expect([shell.get('A'), shell.get('B')]).toEqual(['1', '2']);
  });
});
