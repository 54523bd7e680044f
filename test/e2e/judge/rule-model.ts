/**
 * One milter that answers as our rules say that several do: what the manager has to come to, without sockets, time or
 * the manager's code. Postfix asks it directly; what its members hear, the manager's children have to hear.
 *
 * The rules are those of src/manager/README.md. All members are of one stage.
 */
import { SMFIP } from '../../../src/protocol/constants.ts';
import { CLOSE, ScriptedMind, type Mind, type Script, type Words } from './scripted-child.ts';
import type { Hearing } from './what-was-heard.ts';
import { mended, readWord } from './words-of-a-milter.ts';

export type Fallback = 'accept' | 'temporary-failure' | 'reject' | 'discard';

const FALLBACK_WORD = { accept: 'a', 'temporary-failure': 't', reject: 'r', discard: 'd' } as const;
const NOTHING: Words = [];

/** Strongest first: discard, reject, temporary failure, continue, skip, accept. */
const STRENGTH = ['discard', 'refusal 5', 'refusal 4', 'continue', 'skip', 'accept'];

const KINDS: Readonly<Record<string, string>> = {
  ...{ d: 'discard', r: 'refusal 5', c: 'continue', s: 'skip', a: 'accept' },
};

const UNWANTED: Readonly<Record<string, number>> = {
  ...{ C: SMFIP.NOCONNECT, H: SMFIP.NOHELO, M: SMFIP.NOMAIL, R: SMFIP.NORCPT, T: SMFIP.NODATA },
  ...{ L: SMFIP.NOHDRS, N: SMFIP.NOEOH, B: SMFIP.NOBODY, U: SMFIP.NOUNKNOWN },
};

/** Letters outside of mails. */
const SESSION = 'CHU';
const CONTENT = 'LNB';

export class RuleModel implements Mind {
  readonly steps: number;
  readonly #members: readonly Member[];
  #mails = 0;
  /** What stands for the rest of the mail. */
  #closed: string | undefined;

  constructor(members: readonly { readonly script: Script; readonly fallback: Fallback }[]) {
    this.#members = members.map(({ script, fallback }) => new Member(script, fallback));
    // A verdict reached in content has its place at the next reply.
    this.steps = SMFIP.NR_HDR | SMFIP.NR_EOH | SMFIP.NR_BODY;
  }

  /** The session is over: what each member heard. */
  end(): readonly (readonly Hearing[])[] {
    this.#endMail();
    return this.#members.map(({ hearings }) => hearings);
  }

  hear(packet: string): Words {
    const letter = packet[0]!;
    if ('DQK'.includes(letter)) return NOTHING;
    if (letter === 'A') {
      this.#endMail();
      return NOTHING;
    }
    if (SESSION.includes(letter)) return [this.#session(letter, packet)];
    if (letter === 'M') this.#beginMail();
    if (this.#closed !== undefined) return this.#standing(letter);
    if (CONTENT.includes(letter)) {
      this.#content(packet);
      return NOTHING;
    }
    return letter === 'E' ? this.#endOfMessage(packet) : [this.#envelope(letter, packet)];
  }

  /** CONNECT, HELO and unknown commands: the session alone counts, and nobody's answer is "go on". */
  #session(letter: string, packet: string): string {
    const answers = this.#members.map((member) => member.ask(packet));
    const answer = strongest(answers) ?? 'c';
    const obeyed = this.#mails === 0 && letter !== 'U';
    return answer === 'a' && !obeyed ? 'c' : answer;
  }

  #beginMail(): void {
    this.#endMail();
    this.#mails += 1;
    for (const member of this.#members) member.beginMail();
  }

  #envelope(letter: string, packet: string): string {
    if (letter === 'T') for (const member of this.#members) member.leaveIfAllRefused();
    const answer = strongest(this.#members.map((member) => member.ask(packet))) ?? 'a';
    const refusedRecipient = letter === 'R' && kind(answer).startsWith('refusal');
    if (answer !== 'c' && !refusedRecipient) this.#close(answer);
    return answer;
  }

  /** Nothing of a mail that was decided reaches anybody. */
  #standing(letter: string): Words {
    const answer = this.#closed!;
    if (letter === 'E') this.#endMail();
    return CONTENT.includes(letter) ? NOTHING : [answer];
  }

  #content(packet: string): void {
    for (const member of this.#members) member.ask(packet);
  }

  #endOfMessage(packet: string): Words {
    const answers = this.#members.map((member) => member.askAtEnd(packet));
    const answer = strongest(answers) ?? 'a';
    const changes = this.#members.flatMap((member) => member.takeChanges());
    this.#endMail();
    return isRefusal(answer) ? [answer] : [...changes, answer];
  }

  #close(answer: string): void {
    this.#closed = answer;
    for (const member of this.#members) member.abort();
  }

  #endMail(): void {
    this.#closed = undefined;
    for (const member of this.#members) member.abort();
  }
}

class Member {
  readonly hearings: Hearing[] = [];
  /** One for each connection to it. */
  #mind: ScriptedMind;
  readonly #client = new Map<string, string>();
  /** What it said when it was told again who the client is: it holds for each mail. */
  #refusal: string | undefined;
  /** No part in the session any more. */
  #gone = false;
  /** No part in the mail any more. */
  #out = false;
  #failed = false;
  #sawMail = false;
  #refused = 0;
  #taken = 0;
  #skipped = '';
  /** What it said in the middle of content. */
  #verdict: string | undefined;
  #changes: string[] = [];

  constructor(
    private readonly script: Script,
    private readonly fallback: Fallback,
  ) {
    this.#mind = new ScriptedMind(script);
  }

  /** Who has failed is tried anew with each mail: connected, told who the client is, asked. */
  beginMail(): void {
    if (this.#failed) this.#rejoin();
    this.#out = false;
    this.#sawMail = false;
    this.#refused = 0;
    this.#taken = 0;
    this.#skipped = '';
    this.#verdict = undefined;
    this.#changes = [];
  }

  /** @returns its answer; undefined where it has no say */
  ask(packet: string): string | undefined {
    const letter = packet[0]!;
    if ('CH'.includes(letter)) this.#client.set(letter, packet);
    if (this.#failed) return this.#standingFallback(letter);
    if (this.#refusal !== undefined && !SESSION.includes(letter) && !this.#out) {
      this.#out = true;
      return this.#refusal;
    }
    if (this.#gone || (this.#out && !SESSION.includes(letter))) return undefined;
    if (!this.#wants(letter)) return 'c';
    if (!SESSION.includes(letter)) this.#sawMail = true;
    const answer = this.#listen(packet);
    if (answer === undefined) {
      this.#failed = true;
      return this.#standingFallback(letter);
    }
    return this.#obey(letter, answer);
  }

  askAtEnd(packet: string): string | undefined {
    if (this.#failed) return this.#out ? this.#verdict : this.#standingFallback('E');
    if (this.#out) return this.#verdict;
    return this.ask(packet);
  }

  takeChanges(): readonly string[] {
    return this.#failed ? [] : this.#changes;
  }

  /** It refused every recipient that it was asked about: there is nothing for it to look at. */
  leaveIfAllRefused(): void {
    if (this.#refused > 0 && this.#taken === 0) this.abort();
  }

  abort(): void {
    if (this.#sawMail && !this.#gone && !this.#out && !this.#failed) this.#say('A');
    this.#out = true;
  }

  #rejoin(): void {
    this.#mind = new ScriptedMind(this.script);
    this.#failed = false;
    this.#gone = false;
    this.#refusal = undefined;
    for (const [letter, packet] of this.#client) {
      if (!this.#wants(letter)) continue;
      const answer = this.#listen(packet);
      this.#failed = answer === undefined;
      if (answer === undefined) return;
      const counts = this.#obey(letter, answer);
      if (isRefusal(counts)) this.#refusal = counts;
      // Who accepts, or refuses, the client hears no more.
      if (counts !== 'c') return;
    }
  }

  #wants(letter: string): boolean {
    return (this.#mind.steps & (UNWANTED[letter] ?? 0)) === 0 && letter !== this.#skipped;
  }

  #say(packet: string): Words {
    const words = this.#mind.hear(packet);
    this.hearings.push({ packet, words });
    return words;
  }

  /** @returns what it says in the end; undefined where that is nothing that a milter may say here */
  #listen(packet: string): string | undefined {
    const letter = packet[0]!;
    const words = this.#say(packet);
    for (const word of words) {
      if (word === CLOSE) return undefined;
      const meaning = readWord(word);
      if (meaning === 'garbage' || (meaning === 'change' && letter !== 'E')) return undefined;
      if (meaning === 'change') this.#changes.push(word);
      if (meaning === 'answer') return mended(word);
    }
    return 'c';
  }

  #obey(letter: string, answer: string): string {
    if (SESSION.includes(letter)) {
      // Neither swallows what is no mail; and an unknown command takes nobody out.
      if (answer === 'd' || answer === 's' || (answer === 'a' && letter === 'U')) return 'c';
      if (letter !== 'U' && answer !== 'c') this.#gone = true;
      return answer;
    }
    if (answer === 'c') {
      if (letter === 'R') this.#taken += 1;
    } else if (answer === 's') {
      this.#skipped = letter;
      return 'c';
    } else if (letter === 'R' && kind(answer).startsWith('refusal')) {
      this.#refused += 1;
    } else {
      this.#out = true;
      if (CONTENT.includes(letter)) this.#verdict = answer;
    }
    return answer;
  }

  /** Its fallback at each command that follows, as if it said so. */
  #standingFallback(letter: string): string | undefined {
    const word = FALLBACK_WORD[this.fallback];
    if (word === 'a' || (this.#out && !SESSION.includes(letter))) return undefined;
    if (letter === 'U' || (word === 'd' && SESSION.includes(letter))) return 'c';
    return word;
  }
}

function strongest(answers: readonly (string | undefined)[]): string | undefined {
  let best: string | undefined;
  for (const answer of answers) {
    if (answer === undefined) continue;
    if (best === undefined || strength(answer) < strength(best)) best = answer;
  }
  return best;
}

function strength(answer: string): number {
  return STRENGTH.indexOf(kind(answer));
}

function isRefusal(answer: string): boolean {
  return strength(answer) < STRENGTH.indexOf('continue');
}

function kind(answer: string): string {
  if (answer.startsWith('y')) return `refusal ${answer[1]}`;
  return KINDS[answer] ?? 'refusal 4';
}
