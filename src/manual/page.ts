/** A manual page as data. */
import type { Block } from '../commands/help/topics.ts';

/** Lines that are shown as they are. */
export interface Lines {
  readonly lines: readonly string[];
}

/** What belongs to the term before it. */
export interface Nested {
  readonly nested: Block;
}

export interface Section {
  readonly heading: string;
  readonly blocks: readonly (Block | Lines | Nested)[];
}

export interface Page {
  readonly name: string;
  /** 1 for users' commands, 8 for the administrator's. */
  readonly section: 1 | 8;
  readonly summary: string;
  /** What follows the program's name. */
  readonly synopsis: readonly string[];
  readonly sections: readonly Section[];
  /** `postconf(5)` */
  readonly seeAlso: readonly string[];
}
