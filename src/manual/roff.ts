/** A page in the man(7) macros, which every roff and mandoc read. No date: the same source makes the same page. */
import type { Block } from '../commands/help/topics.ts';
import { wrap } from '../ui/wrap.ts';
import type { Lines, Nested, Page } from './page.ts';

/** Of the source; escapes make it longer. */
const LINE = 70;

export function roffOf(page: Page, version: string): string {
  const { name, section, summary, synopsis, sections, seeAlso } = page;
  const kind = section === 8 ? "System Manager's Manual" : 'General Commands Manual';
  const lines = [
    '.\\" Generated from the tables of the program.',
    `.TH ${name.toUpperCase()} ${section} "" "milter-setup ${version}" "${kind}"`,
    // Names of programs and files must not be broken.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${plain(name)} \\- ${plain(summary)}`,
    '.SH SYNOPSIS',
    synopsis.map((words) => `.B ${plain(name)}\n${usage(words)}`).join('\n.br\n'),
    ...sections.flatMap(({ heading, blocks }) => [
      `.SH ${heading}`,
      ...blocks.map((block, index) =>
        // A heading begins a paragraph by itself.
        index === 0 ? blockOf(block).replace(/^\.PP\n/, '') : blockOf(block),
      ),
    ]),
    '.SH SEE ALSO',
    seeAlso.map(reference).join(',\n'),
  ];
  return `${lines.join('\n')}\n`;
}

function blockOf(block: Block | Lines | Nested): string {
  if (typeof block === 'string') return `.PP\n${paragraphs(block, '.PP')}`;
  if ('lines' in block) return `.PP\n.nf\n.RS 4\n${block.lines.map(plain).join('\n')}\n.RE\n.fi`;
  if ('nested' in block) return `.RS\n${blockOf(block.nested)}\n.RE`;
  return block
    .map(([term, meaning]) => `.TP\n${usage(term)}\n${paragraphs(meaning, '.IP')}`)
    .join('\n');
}

/** Blank lines part paragraphs; other line ends stay. */
function paragraphs(text: string, separator: string): string {
  return text
    .split('\n\n')
    .map((paragraph) => paragraph.split('\n').map(wrapped).join('\n.br\n'))
    .join(`\n${separator}\n`);
}

function wrapped(text: string): string {
  return wrap(text, LINE).split('\n').map(plain).join('\n');
}

/** What is typed is bold, what stands for something else is italic: `FILE`, `<file>`. */
function usage(text: string): string {
  // Names of variables and signals are capitals, too.
  const words = /^[-a-z]/.test(text) ? text.split(/(<[^<>]+>|\b[A-Z]{2,}\b)/) : [text];
  return words
    .map((piece, index) => {
      if (piece === '') return '';
      if (index % 2 === 0) return `\\fB${plain(piece)}\\fR`;
      return `\\fI${plain(piece.replace(/[<>]/g, '').toUpperCase())}\\fR`;
    })
    .join('');
}

function reference(page: string): string {
  const [, name = page, section = ''] = /^(.*)(\(\d\))$/.exec(page) ?? [];
  return `\\fB${plain(name)}\\fR${section}`;
}

/** Text in which roff reads nothing but text. */
function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^(?=\.)/gm, '\\&');
}
