/** Where things stand in an ini text: `ini` itself keeps no line numbers. */

/** A key or a section heading of an ini text. */
export interface IniLine {
  readonly section: string;
  /** Undefined for the heading itself. */
  readonly key: string | undefined;
  /** 1-based. */
  readonly line: number;
  /** As it stands, without the blanks around it. */
  readonly text: string;
  /** Neither heading, key nor comment. */
  readonly stray: boolean;
}

/** Every heading and key, in the order of their lines. */
export function scanIni(text: string): readonly IniLine[] {
  const found: IniLine[] = [];
  let section = '';
  // Some editors put a byte order mark before the first line; the text is latin1.
  for (const [index, raw] of text
    .replace(/^\xEF\xBB\xBF/, '')
    .split('\n')
    .entries()) {
    const trimmed = raw.trim();
    const line = index + 1;
    if (trimmed === '' || /^[;#]/.test(trimmed)) continue;
    const heading = /^\[([^\]]*)\]\s*(?:[;#].*)?$/.exec(trimmed);
    if (heading) {
      section = heading[1]!.trim();
      found.push({ section, key: undefined, line, text: trimmed, stray: false });
      continue;
    }
    const equals = trimmed.indexOf('=');
    if (equals < 1) found.push({ section, key: undefined, line, text: trimmed, stray: true });
    else {
      const key = trimmed.slice(0, equals).trim();
      found.push({ section, key, line, text: trimmed, stray: false });
    }
  }
  return found;
}
