/** Postfix master.cf: the services, whether they are chrooted, how many may run, and their `-o` settings (master(5)). */

export interface MasterService {
  /** `smtp`, `submission`, `127.0.0.1:10025`. */
  readonly name: string;
  /** `inet`, `unix`, `pass`, `fifo`. */
  readonly type: string;
  /** Column 5; undefined for `-`, which follows compatibility_level. */
  readonly chrooted: boolean | undefined;
  /** Column 7; undefined for `-`, which follows default_process_limit; 0 is no limit. */
  readonly processLimit: number | undefined;
  readonly command: string;
  /** 1-based. */
  readonly line: number;
  readonly settings: readonly MasterSetting[];
}

export interface MasterSetting {
  readonly parameter: string;
  readonly value: string;
  /** 1-based. */
  readonly line: number;
}

interface Word {
  readonly text: string;
  readonly line: number;
}

/** The services in order; lines that are none are passed over. */
export function parseMasterCf(text: string): MasterService[] {
  return logicalLines(text).flatMap((words) => {
    const [name, type, , , chroot, , limit, command] = words.map((word) => word.text);
    if (name === undefined || type === undefined || chroot === undefined) return [];
    if (limit === undefined || command === undefined) return [];
    return {
      name,
      type,
      chrooted: chroot === '-' ? undefined : chroot === 'y',
      processLimit: /^\d+$/.test(limit) ? Number(limit) : undefined,
      command,
      line: words[0]!.line,
      settings: settingsOf(words.slice(8)),
    };
  });
}

/** `-o name=value`, `-oname=value`, `-o { name = value }`. */
function settingsOf(words: readonly Word[]): MasterSetting[] {
  return words.flatMap((word, index) => {
    const attached = /^-o(.+)$/.exec(word.text)?.[1];
    const text = word.text === '-o' ? words[index + 1]?.text : attached;
    const match = /^\{?\s*([^\s=]+)\s*=\s*([^]*?)\s*$/.exec(text ?? '');
    if (!match) return [];
    const value = text!.startsWith('{') ? match[2]!.replace(/\s*\}$/, '') : match[2]!;
    return [{ parameter: match[1]!, value, line: word.line }];
  });
}

/** The words of each entry: a line that begins with a blank continues it, comments between do not end it. */
function logicalLines(text: string): Word[][] {
  const entries: Word[][] = [];
  text.split('\n').forEach((raw, index) => {
    if (/^\s*(?:#|$)/.test(raw)) return;
    const words = wordsOf(raw).map((word) => ({ text: word, line: index + 1 }));
    const open = /^\s/.test(raw) ? entries.at(-1) : undefined;
    if (open) open.push(...words);
    else entries.push(words);
  });
  return entries.map(joinBraces);
}

function wordsOf(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== '');
}

/** `{ a b }` is one word, also over several lines. */
function joinBraces(words: readonly Word[]): Word[] {
  const joined: Word[] = [];
  let depth = 0;
  for (const word of words) {
    const before = depth;
    if (before > 0 || word.text.startsWith('{')) {
      depth += (word.text.match(/\{/g) ?? []).length - (word.text.match(/\}/g) ?? []).length;
    }
    const open = before > 0 ? joined.pop() : undefined;
    joined.push(open ? { text: `${open.text} ${word.text}`, line: open.line } : word);
  }
  return joined;
}
