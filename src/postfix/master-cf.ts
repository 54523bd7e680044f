/** Postfix master.cf: the services, whether they are chrooted, how many may run, and their `-o` settings (master(5)). */
import { kindOf } from '../edit/main-cf-parse.ts';

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
  /** What pipe(8) runs, without its arguments. */
  readonly runs?: string;
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
      ...(command === 'pipe' && runBy(words)),
    };
  });
}

function runBy(words: readonly Word[]): Pick<MasterService, 'runs'> {
  const program = words.find(({ text }) => text.startsWith('argv='))?.text.slice('argv='.length);
  return program ? { runs: program } : {};
}

/** `-o name=value`, `-oname=value`, `-o { name = value }`, up to the first word that is no option. */
function settingsOf(words: readonly Word[]): MasterSetting[] {
  const settings: MasterSetting[] = [];
  for (let at = 0; at < words.length; at++) {
    const { text, line } = words[at]!;
    if (!text.startsWith('-') || text === '--') break;
    const attached = /^-[^o]*o(.*)$/.exec(text)?.[1];
    if (attached === undefined) continue;
    const assignment = attached === '' ? words[++at]?.text : attached;
    const setting = settingOf(assignment ?? '');
    if (setting !== undefined) settings.push({ ...setting, line });
  }
  return settings;
}

function settingOf(text: string): { parameter: string; value: string } | undefined {
  const inside = text.startsWith('{') ? text.replace(/^\{\s*|\s*\}$/g, '') : text;
  const match = /^([^\s=]+)\s*=\s*([^]*?)\s*$/.exec(inside);
  return match ? { parameter: match[1]!, value: match[2]! } : undefined;
}

/** The words of each entry: a line that begins with a blank continues it, comments between do not end it. */
function logicalLines(text: string): Word[][] {
  const entries: { raw: string; readonly starts: number[]; readonly lines: number[] }[] = [];
  text.split('\n').forEach((raw, index) => {
    const kind = kindOf(raw);
    if (kind === 'comment' || kind === 'blank') return;
    const open = kind === 'continuation' ? entries.at(-1) : undefined;
    if (open === undefined) {
      // What begins with a blank continues something, or is nothing.
      if (kind === 'start') entries.push({ raw, starts: [0], lines: [index + 1] });
      return;
    }
    open.starts.push(open.raw.length);
    open.lines.push(index + 1);
    open.raw += raw;
  });
  return entries.map(({ raw, starts, lines }) =>
    wordsOf(raw).map(({ text: word, start }) => ({
      text: word,
      line: lines[starts.findLastIndex((each) => each <= start)]!,
    })),
  );
}

/** Words apart by blanks, but for those within `{ }`. */
function wordsOf(raw: string): { readonly text: string; readonly start: number }[] {
  const words: { text: string; start: number }[] = [];
  let start = -1;
  let depth = 0;
  for (let at = 0; at <= raw.length; at++) {
    const char = raw[at] ?? ' ';
    if (/\s/.test(char) && (depth === 0 || at === raw.length)) {
      if (start >= 0) words.push({ text: raw.slice(start, at), start });
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (char === '{') depth++;
    if (char === '}') depth = Math.max(0, depth - 1);
  }
  return words;
}
