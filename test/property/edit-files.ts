/** Texts to edit: real ones, ugly ones of our own, and generated ones, with the settings that are put into them. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Format, Settings } from '../../src/edit/format.ts';
import { stock, stockFiles } from '../edit/stock.ts';

const UGLY = fileURLToPath(new URL('../hosts/ugly/', import.meta.url));

/** One format's files, fragments of lines, and templates. */
export interface Kind {
  readonly format: Format;
  readonly files: RegExp;
  readonly ugly: RegExp;
  readonly lines: readonly string[];
  readonly settings: readonly Settings[];
}

const OURS = 'inet:127.0.0.1:10025';

export const KINDS: readonly Kind[] = [
  {
    format: 'main.cf',
    files: /main\.cf/,
    ugly: /main\.cf$/,
    lines: [
      'relayhost = a',
      'relayhost=b',
      'relayhost =',
      '#relayhost = c',
      'mydestination = x, y',
      '   more',
      '\tmore # too',
      '# inside',
      '',
      '   ',
      'smtpd_milters = inet:localhost:8891',
      'smtpd_milters =',
      'smtpd_milters = { inet:a:1, connect_timeout=3s }, unix:/b',
      'smtpd_milters=$non_smtpd_milters unix:/c,',
      `non_smtpd_milters = ${OURS}`,
      'non_smtpd_milters = $smtpd_milters',
      '  , inet:localhost:8891',
      'milter_default_action = tempfail',
      '#milter_default_action=x',
      'smtpd_banner = voil\xc3\xa0',
      '   #indented',
    ],
    settings: [
      {
        text: `# Why.\nsmtpd_milters = ${OURS}\nnon_smtpd_milters = ${OURS}\nmilter_default_action = accept\n`,
      },
      {
        text: `smtpd_milters = { ${OURS}, default_action=accept }\n`,
        takeOut: ['inet:localhost:8891', 'unix:/c'],
      },
      { text: 'relayhost = z\n', commentOut: ['mydestination'] },
    ],
  },
  {
    format: 'greylist',
    files: /etc\/(?:mail|milter-greylist)\/greylist\.conf/,
    ugly: /greylist\.conf$/,
    lines: [
      '# c',
      '',
      'quiet',
      'greylist 1h',
      '#greylist 1h',
      '  Greylist 2h # c',
      'socket "/a b" 660',
      'user "x:y"#c',
      'racl whitelist default',
      'racl "1" greylist default delay 5m # c',
      'acl blacklist default msg "a # b"',
      'list "l" addr { \\ # c',
      '  10.0.0.0/8 \\',
      '} # end',
      'racl whitelist from /a#b"/',
      'subnetmatch /28#c',
      'racl whitelist \\',
      '  default',
      'dacl whitelist default',
      'stat "|x" "%T{%T}"',
    ],
    settings: [
      {
        text: '# Why.\nsocket "/run/m.sock" 660\nsubnetmatch /24\ngreylist 10m\nautowhite 1w\nracl greylist default\n',
      },
      { text: 'list "l" addr { 192.0.2.1 }\nracl whitelist list "l"\nuser "a:mail"\n' },
    ],
  },
  {
    format: 'clamav',
    files: /etc\/.*(?:clamav-milter|clamd|scan|freshclam)\.conf/,
    ugly: /clamav\.conf$/,
    lines: [
      '# c',
      '',
      'OnInfected Quarantine',
      '#OnInfected Quarantine',
      '  OnInfected\tAccept',
      'OnInfected "Defer" x',
      'LogSyslog no',
      'LogSyslog true',
      '#LogSyslog yes',
      'ClamdSocket unix:/a',
      'ClamdSocket unix:/b',
      'Example',
      'User a b # c',
      '# User is',
      'a',
      'MilterSocketMode 666',
      'RejectMsg "a "b""',
      'Foreground',
    ],
    settings: [
      {
        text: '# Why.\nOnInfected Reject\nLogSyslog yes\nMilterSocketMode 0660\n',
        commentOut: ['Example'],
      },
      { text: 'ClamdSocket unix:/run/clamd.sock\nUser clamilt\n' },
    ],
  },
  {
    format: 'shell',
    files: /rc\.conf$|\/sysconfig\/|\/etc\/default\//,
    ugly: /^(?:rc\.conf|default)$/,
    lines: [
      '# c',
      '',
      'K=a',
      'K="a b" # c',
      "K='a'",
      '  K=',
      '#K="x"',
      '# K=x # y',
      'L="$K x"',
      'L=`:`; M=2',
      'export M=3',
      'if true; then',
      'K=in',
      'fi',
      'K="a \\',
      'b"',
      'cat <<E >/dev/null',
      'E',
      'f() {',
      '}',
      'O="base"',
      'O="$O -m"',
      '#O="${O} -r 15"',
      'case x in',
      'x) M=4;;',
      'esac',
      'K=x :',
      'K=$L',
      '{ O=b; }',
      'M="it\'s" # "',
      'V=voil\xc3\xa0',
    ],
    settings: [
      { text: '# Why.\nK="b c"\nN="new"\n' },
      { text: 'O="${O} -m -r 10"\n' },
      { text: 'O="${O} -r 10"\nL=\'l\'\n' },
    ],
  },
  {
    format: 'spamassassin',
    files: /local\.cf|65_debian\.cf/,
    ugly: /local\.cf$/,
    lines: [
      '# c',
      '',
      'required_score 4',
      '# required_score 5.0',
      'required_hits 3 # c',
      'rewrite_header Subject [A]',
      'rewrite-header  subject [B]',
      'remove_header ham Status',
      'add_header all Status x',
      'if x',
      'ifplugin Y',
      'endif',
      'else',
      'report_safe 0 \\# 1',
      '  Report_Safe 1',
      'trusted_networks 10.',
      'clear_headers',
    ],
    settings: [
      {
        text: '# Why.\nremove_header ham Status\nremove_header ham Level\n',
        commentOut: ['rewrite_header Subject'],
      },
      { text: 'required_score 6\nreport_safe 0\ntrusted_networks 127.\n' },
    ],
  },
  {
    format: 'key-value',
    files: /etc\/.*opendkim\.conf$|etc\/opendmarc\.conf$|dkimpy-milter\.conf$/,
    ugly: /^opendkim\.conf$/,
    lines: [
      '# c',
      '',
      'Mode s',
      'mode\tsv # c',
      '#Mode v',
      '# Mode is',
      'Socket a#b',
      '  UMask 002',
      'Domain a, b',
      '# UMask 022',
    ],
    settings: [
      { text: '# Why.\nMode v\nUMask 007\n' },
      { text: 'Socket inet:8891@localhost\n', commentOut: ['Domain'] },
    ],
  },
  {
    format: 'ini',
    files: /^$/,
    ugly: /\.ini$/,
    lines: [
      '; c',
      '',
      '[a]',
      '[milter.b]  ',
      'x = 1',
      'x=2 ; c',
      ';x = 3',
      '# y = 4',
      'y = "5;"',
      '  z =',
      '[a] # c',
    ],
    settings: [
      { text: '; Why.\n[a]\nx = 9\ny = 8\n\n; B.\n[milter.b]\nz = 7\n' },
      { text: '[new]\nx = 1\n', commentOut: ['a.y'] },
    ],
  },
];

/** Real and ugly texts by name; of equal files the first. */
export function textsOf(kind: Kind): readonly (readonly [string, string])[] {
  const ugly = readdirSync(UGLY).filter((name) => kind.ugly.test(name));
  const all = [
    ...stockFiles(kind.files).map((name) => [name, stock(name)] as const),
    ...ugly.map((name) => [`ugly/${name}`, readFileSync(UGLY + name, 'latin1')] as const),
  ];
  return all.filter(([, text], index) => all.findIndex(([, other]) => other === text) === index);
}

/** Texts made of the format's fragments, with and without a last line end. */
export function generated(kind: Kind): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(fc.constantFrom(...kind.lines), { maxLength: 12 }), fc.boolean())
    .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''));
}
