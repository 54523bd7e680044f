/**
 * Milters that take a message's content without waiting for their own replies. All of them are built on libmilter,
 * which reads commands from its stream in order, answers each, and after a final answer ignores what is left of the
 * message without a word. Each was tried with a whole message in one write: against 8.17 and 8.18 of the library, with
 * an early final answer, with an abort in the middle, and with a second mail behind.
 *
 * SMFIC_QUIT_NC, which would spare new connections, was tried on them too and is not used: libmilter honours it in few
 * states only. In the others it ignores it and the next SMFIC_CONNECT, so the milter would judge one client by another.
 */
export const TAKE_PIPELINED_CONTENT: ReadonlySet<string> = new Set([
  'clamav-milter',
  'milter-greylist',
  'opendkim',
  'opendmarc',
  'spamass-milter',
]);
