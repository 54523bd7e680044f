/** The exception that ends a play without a verdict. */

import { getSystemErrorMap } from 'node:util';
import { formatConnectionSpec, type ConnectionSpec } from '../protocol/connection-spec.ts';
import type { Failure } from './result.ts';
import { likelyCause } from './unreachable.ts';

export class PlayFailure extends Error {
  constructor(
    readonly kind: Failure,
    message: string,
    /** The likely cause and what to do next. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** A milter that cannot be reached. */
export function unreachable(spec: ConnectionSpec, error: NodeJS.ErrnoException): PlayFailure {
  return new PlayFailure(
    'cannot-connect',
    `Failed to connect to ${formatConnectionSpec(spec)}: ${systemWords(error)}`,
    likelyCause(spec, error.code ?? ''),
  );
}

/** Where the C library's words differ from libuv's in more than the first letter. */
const LIBC_WORDS: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'No route to host',
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
  EPIPE: 'Broken pipe',
  ENOTSOCK: 'Socket operation on non-socket',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
};

/** An error of the system in the C library's words, which sysadmins know and search for. */
export function systemWords(error: NodeJS.ErrnoException): string {
  const known = error.code === undefined ? undefined : LIBC_WORDS[error.code];
  if (known !== undefined) return known;
  const [, words] = getSystemErrorMap().get(error.errno ?? 0) ?? [undefined, error.message];
  return words.charAt(0).toUpperCase() + words.slice(1);
}
