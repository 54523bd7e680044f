/**
 * What milters were tried with and proved to take. All of these are built on libmilter (8.17 and 8.18 of it were tried);
 * an ini may say it of others.
 */

/**
 * They take a message's content without waiting for their own replies: libmilter reads commands from its stream in
 * order, answers each, and after a final answer ignores what is left of the message without a word. Tried with a whole
 * message in one write, with an early final answer, with an abort in the middle, and with a second mail behind.
 */
export const TAKE_PIPELINED_CONTENT: ReadonlySet<string> = new Set([
  'clamav-milter',
  'milter-greylist',
  'opendkim',
  'opendmarc',
  'spamass-milter',
]);

/**
 * They take another session after SMFIC_QUIT_NC, where libmilter honours it: see `Child.mayServeAnother`. The others
 * above end each message with SMFIR_ACCEPT, after which it does not.
 */
export const TAKE_ANOTHER_SESSION: ReadonlySet<string> = new Set([
  'milter-greylist',
  'spamass-milter',
]);
