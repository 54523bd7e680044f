/** Prose in lines of a given width. */
import { stripVTControlCharacters } from 'node:util';

/** Breaks at blanks; keeps empty lines between paragraphs; a longer word stays whole. */
export function wrap(text: string, columns: number, indent = ''): string {
  return text
    .split('\n')
    .map((paragraph) => wrapParagraph(paragraph, columns, indent))
    .join('\n');
}

function wrapParagraph(text: string, columns: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/).filter((each) => each !== '')) {
    if (line !== '' && indent.length + widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(indent + line);
  return lines.join('\n');
}

/** Colours take no room. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
