/** The key that a milter signs with, made by opendkim's tool, which also writes the record for the DNS. */
import type { Owner } from '../change/change.ts';
import type { Preparation, ShownFile } from './milter.ts';

interface SigningKey {
  /** The directory of all keys; one for each domain below it. */
  readonly keys: string;
  /** Whether that directory is ours to make: no package brings it. */
  readonly makesKeys?: true | undefined;
  /** Root where not given: then the milter reads the key before it gives up its rights. */
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
    commands: [
      { argv: ['install', '-d', '-m', '0700', ...whose, directory] },
      {
        argv: [
          ...['opendkim-genkey', '-a', '-b', '2048', '-D', directory],
          ...['-d', '{{dkimDomain}}', '-s', '{{dkimSelector}}'],
        ],
      },
      ...(owner
        ? [{ argv: ['chown', `${owner.user}:${owner.group}`, `${key}.private`, `${key}.txt`] }]
        : []),
    ],
    unless: [`${key}.private`],
    undo: [
      { argv: ['rm', '-f', `${key}.private`, `${key}.txt`] },
      ...[directory, ...(makesKeys ? [keys] : [])].map((path) => ({
        argv: ['rmdir', path],
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
