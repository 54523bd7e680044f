/** The key that a milter signs with, made by opendkim's tool, which also writes the record for the DNS. */
import { dirname } from 'node:path';
import type { Owner } from '../change/change.ts';
import type { Preparation, ShownFile } from './milter.ts';

interface SigningKey {
  /** The directory of all keys; one for each domain below it. */
  readonly keys: string;
  /** Whether that directory is ours to make: no package brings it. */
  readonly makesKeys?: true | undefined;
  /**
   * Has the domain's directory, and so the key. Not given: whoever has the directory of all keys; then the milter reads
   * the key before it gives up its rights.
   */
  readonly owner?: Owner;
  readonly why: string;
  /** Files that may name the key: while one does, an undo leaves it. */
  readonly namedBy: readonly string[];
}

const file = (keys: string): string => `${keys}/{{dkimDomain}}/{{dkimSelector}}`;

export function makeKey({ keys, makesKeys, owner, why, namedBy }: SigningKey): Preparation {
  const key = file(keys);
  const directory = `${keys}/{{dkimDomain}}`;
  const whose = owner ? ['-o', owner.user, '-g', owner.group] : [];
  return {
    title: 'make the DKIM key {{dkimSelector}} of {{dkimDomain}}',
    why,
    // The tool opens its files by name: below a directory that the milter's user has, it runs as that user.
    commands: [
      { argv: ['install', '-d', '-m', '0700', ...whose, directory], asHolderOf: keys },
      {
        argv: [
          ...['opendkim-genkey', '-a', '-b', '2048', '-D', directory],
          ...['-d', '{{dkimDomain}}', '-s', '{{dkimSelector}}'],
        ],
        asHolderOf: directory,
      },
    ],
    unless: [`${key}.private`],
    undo: [
      { argv: ['rm', '-f', `${key}.private`, `${key}.txt`], asHolderOf: directory },
      ...[directory, ...(makesKeys ? [keys] : [])].map((path) => ({
        argv: ['rmdir', path],
        asHolderOf: dirname(path),
        tolerated: 'the directory holds other keys',
      })),
    ],
    keptWhile: { text: `${key}.private`, in: namedBy },
    // Before the milter's file names it: an undo takes it away when that file is as it was.
    phase: 'directories',
  };
}

export const keyRecord = (keys: string): ShownFile => ({
  title:
    'Put this record into the DNS of {{dkimDomain}}; until it is there, receivers cannot check the signatures:',
  path: `${file(keys)}.txt`,
});
