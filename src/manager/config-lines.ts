/** Where things stand in an ini text: `ini` itself keeps no line numbers. */

/** A key or a section heading of an ini text. */
export interface IniLine {
  readonly section: string;
  /** Undefined for the heading itself. */
  readonly key: string | undefined;
  /** 1-based. */
  readonly line: number;
  /** Neither heading, key nor comment. */
  readonly stray: boolean;
}

/** Every heading and key, in the order of their lines. */
export function scanIni(text: string): readonly IniLine[] {
  const found: IniLine[] = [];
  let section = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const trimmed = raw.trim();
    const line = index + 1;
    if (trimmed === '' || /^[;#]/.test(trimmed)) continue;
    const heading = /^\[([^\]]*)\]\s*(?:[;#].*)?$/.exec(trimmed);
    if (heading) {
      section = heading[1]!.trim();
      found.push({ section, key: undefined, line, stray: false });
      continue;
    }
    const equals = trimmed.indexOf('=');
    if (equals < 1) found.push({ section, key: undefined, line, stray: true });
    else found.push({ section, key: trimmed.slice(0, equals).trim(), line, stray: false });
  }
  return found;
}
