/**
 * The settings of a file in UCL, rspamd's configuration language, as far as detection needs them: names, strings, lists
 * and the sections around them. Macros (`.include`) and what they would bring are passed over.
 */

export interface UclSetting {
  /** The headings of the sections around it, outermost first: `worker "rspamd_proxy"`. */
  readonly sections: readonly string[];
  readonly key: string;
  /** One, or the elements of a list. */
  readonly values: readonly string[];
  /** 1-based. */
  readonly line: number;
}

/** Comments, strings, what parts settings, and words. */
const TOKEN =
  /#[^\n]*|\/\*[^]*?(?:\*\/|$)|"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'|([={}[\],;\n])|([^\s={}[\],;"'#]+)/g;

/** The settings in the order of their lines. */
export function uclSettings(text: string): UclSetting[] {
  const settings: UclSetting[] = [];
  const sections: string[] = [];
  let words: string[] = [];
  let line = 1;
  let begun = 1;
  let listed = 0;
  const end = (): void => {
    const [key, ...values] = words;
    if (key !== undefined && values.length > 0) {
      settings.push({ sections: [...sections], key, values, line: begun });
    }
    words = [];
  };
  for (const match of text.matchAll(TOKEN)) {
    const [token, double, single, mark, bare] = match;
    const word = double ?? single ?? bare;
    if (word !== undefined) {
      if (words.length === 0) begun = line;
      // `key: value`, `key:value`.
      const colon = words.length === 0 ? word.indexOf(':') : -1;
      if (colon < 0) words.push(word);
      else
        words.push(...[word.slice(0, colon), word.slice(colon + 1)].filter((each) => each !== ''));
    } else if (mark === '{') {
      sections.push(words.join(' '));
      words = [];
    } else if (mark === '}') {
      end();
      sections.pop();
    } else if (mark === '[') listed += 1;
    else if (mark === ']') listed = Math.max(0, listed - 1);
    else if (listed === 0 && (mark === ';' || mark === ',' || mark === '\n')) end();
    line += token.split('\n').length - 1;
  }
  end();
  return settings;
}
