/**
 * The variables that a shell script would leave behind, worked out from files alone: assignments, defaults, sourced
 * files, `if` on files and strings. Functions, loops and commands are passed over, never run. rc.conf, rc.d and init
 * scripts, /etc/default and /etc/sysconfig are all read by this, because a shell reads them all.
 */
import { EditError } from '../edit/format.ts';
import { readText, type HostReader } from '../host/host.ts';
import { type Expander, expandFields, expandText } from './sh-expand.ts';
import { evaluateTest } from './sh-test.ts';
import { type ShellToken, type WordPart, shellTokens } from './sh-words.ts';

/** A value and where it stands: `/etc/default/spamass-milter:12`. */
export interface Sourced {
  readonly value: string;
  readonly source: string;
}

/** A command that the reader of a script knows the effect of; its exit status, undefined where unknown. */
export type KnownCommand = (words: readonly string[], shell: ShellVariables) => boolean | undefined;

export interface ShellOptions {
  readonly commands?: Readonly<Record<string, KnownCommand>>;
  /** The output of a command substitution; undefined where it is unknown: it is then kept as written. */
  readonly substitute?: (command: string, shell: ShellVariables) => string | undefined;
  readonly warn?: (warning: string) => void;
}

type Word = Extract<ShellToken, { kind: 'word' }>;

/** An open compound command. In a `skip` nothing is read but its end. */
type Frame =
  | {
      readonly kind: 'if';
      part: 'condition' | 'body';
      active: boolean;
      /** Whether a branch has been taken; undefined where a condition was unknown, so that none may be. */
      taken: boolean | undefined;
    }
  | { readonly kind: 'group'; readonly end: string }
  | { readonly kind: 'skip'; readonly end: string };

const ASSIGNMENT = /^([A-Za-z_]\w*)(\+?)=/;

export class ShellVariables {
  readonly values = new Map<string, Sourced>();
  /** Files that were read, in order. */
  readonly files: string[] = [];
  /** Files that are being read: one that sources itself would never end. */
  private readonly open = new Set<string>();

  constructor(
    private readonly host: HostReader,
    private readonly options: ShellOptions = {},
  ) {}

  get(name: string): string | undefined {
    return this.values.get(name)?.value;
  }

  /** Reads a file as `.` does; false where there is none. What sh would not understand is a warning. */
  source(path: string): boolean {
    if (this.host.stat(path)?.type !== 'file') return false;
    const text = readText(this.host, path);
    if (text === undefined || this.open.has(path)) return false;
    this.files.push(path);
    this.open.add(path);
    try {
      new Run(this, this.host, this.options, path).script(shellTokens(text));
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      this.options.warn?.(`${path}: ${error.message}`);
    } finally {
      this.open.delete(path);
    }
    return true;
  }

  /** Reads a file, or every file of a directory in the order of their names. */
  sourceDirectory(path: string): void {
    if (this.source(path)) return;
    for (const name of this.host.list(path)) this.source(`${path}/${name}`);
  }
}

/** One pass over one file. */
class Run {
  private readonly frames: Frame[] = [];
  private status: boolean | undefined = true;
  private connector = '\n';
  private functionFollows = false;

  constructor(
    private readonly shell: ShellVariables,
    private readonly host: HostReader,
    private readonly options: ShellOptions,
    private readonly path: string,
  ) {}

  script(tokens: readonly ShellToken[]): void {
    let words: Word[] = [];
    for (const token of tokens) {
      if (token.kind === 'word') {
        words.push(token);
        continue;
      }
      if (token.text === '(') this.openParenthesis(words);
      else this.command(words, token.text);
      if (token.text === ')') this.close(')');
      words = [];
      this.connector = token.text;
    }
    this.command(words, '\n');
  }

  /** `name()` announces a function; any other parenthesis is a subshell, whose variables are lost. */
  private openParenthesis(words: readonly Word[]): void {
    if (words.length > 0) this.functionFollows = true;
    this.frames.push({ kind: 'skip', end: ')' });
  }

  private get reading(): boolean {
    return this.frames.every((frame) =>
      frame.kind === 'if' ? frame.active : frame.kind === 'group',
    );
  }

  private command(words: readonly Word[], next: string): void {
    const first = words[0];
    if (first === undefined) return;
    if (this.reserved(bareWord(first) ?? '')) {
      this.connector = '\n';
      this.command(words.slice(1), next);
      return;
    }
    if (!this.reading) return;
    if (this.connector === '&&' && this.status !== true) return;
    if (this.connector === '||' && this.status !== false) return;
    const piped = this.connector === '|' || next === '|';
    this.status = piped ? undefined : this.execute(words);
  }

  /** Takes a word of the shell's grammar; false for any other. */
  private reserved(word: string): boolean {
    switch (word) {
      case 'if':
        this.frames.push({ kind: 'if', part: 'condition', active: true, taken: false });
        return true;
      case 'then':
      case 'elif':
      case 'else':
        this.branch(word);
        return true;
      case 'while':
      case 'until':
      case 'for':
        this.frames.push({ kind: 'skip', end: 'done' });
        return true;
      case 'case':
        this.frames.push({ kind: 'skip', end: 'esac' });
        return true;
      case 'function':
        this.functionFollows = true;
        return true;
      case '{':
        this.frames.push({ kind: this.functionFollows ? 'skip' : 'group', end: '}' });
        this.functionFollows = false;
        return true;
      case 'fi':
      case 'done':
      case 'esac':
      case '}':
        this.close(word);
        return true;
      case 'do':
        return true;
      default:
        return false;
    }
  }

  private branch(word: 'then' | 'elif' | 'else'): void {
    const frame = this.frames.at(-1);
    if (frame?.kind !== 'if') return;
    if (word === 'then') {
      // A condition that was not looked at, because an earlier branch was taken, says nothing.
      const chosen = frame.active ? this.status : false;
      frame.part = 'body';
      frame.active = frame.taken === false && chosen === true;
      frame.taken = frame.active ? true : chosen === undefined ? undefined : frame.taken;
      return;
    }
    frame.part = word === 'elif' ? 'condition' : 'body';
    frame.active = frame.taken === false;
  }

  private close(word: string): void {
    const frame = this.frames.at(-1);
    const end = frame?.kind === 'if' ? 'fi' : frame?.end;
    if (end === word) this.frames.pop();
  }

  private execute(words: readonly Word[]): boolean | undefined {
    const command = words.findIndex((word) => assignment(word) === undefined);
    if (command < 0) {
      for (const word of words) this.assign(word);
      return true;
    }
    // `NAME=value command`: the variable is the command's alone.
    if (command > 0) return undefined;
    const [name = '', ...operands] = words.flatMap((word) =>
      expandFields(word.parts, this.expander(word)),
    );
    switch (name) {
      case ':':
      case 'true':
        return true;
      case 'false':
        return false;
      case 'export':
      case 'readonly':
      case 'declare':
        for (const word of words.slice(1)) this.assign(word);
        return true;
      case '.':
      case 'source':
        return operands[0] !== undefined && this.shell.source(operands[0]);
      case 'test':
        return evaluateTest(operands, this.host);
      case '[':
        return evaluateTest(operands.slice(0, -1), this.host);
      case '!': {
        const status = this.execute(words.slice(1));
        return status === undefined ? undefined : !status;
      }
      default:
        // `exit` is passed over too: on a tree the program that a script looks for need not be there.
        return this.options.commands?.[name]?.(operands, this.shell);
    }
  }

  private expander(word: Word): Expander {
    return {
      get: (name) => this.shell.get(name),
      set: (name, value) => {
        // `X=${X-default}` of a script does not take the credit from rc.conf.
        if (this.shell.get(name) === value) return;
        this.shell.values.set(name, { value, source: `${this.path}:${word.line}` });
      },
      compute: (command) => this.options.substitute?.(command, this.shell),
    };
  }

  private assign(word: Word): void {
    const match = assignment(word);
    const first = word.parts[0];
    if (!match || first?.kind !== 'text') return;
    const rest: WordPart = { ...first, text: first.text.slice(match[0].length) };
    const expander = this.expander(word);
    const value = expandText([rest, ...word.parts.slice(1)], expander);
    const before = match[2] === '+' ? (this.shell.get(match[1]!) ?? '') : '';
    expander.set(match[1]!, before + value);
  }
}

function assignment(word: Word): RegExpExecArray | undefined {
  const first = word.parts[0];
  if (first?.kind !== 'text' || first.quoted) return undefined;
  return ASSIGNMENT.exec(first.text) ?? undefined;
}

/** The word as it is written, where no quote or expansion is in it: only such a word can be the grammar's. */
function bareWord(word: Word): string | undefined {
  let text = '';
  for (const part of word.parts) {
    if (part.kind !== 'text' || part.quoted) return undefined;
    text += part.text;
  }
  return text;
}
