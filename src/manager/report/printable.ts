/** Text for a log: whatever it is made of, no control character of it reaches a file, a terminal or another line. */

declare const cleaned: unique symbol;

/** Only {@link printable} makes one: what takes it need not ask where a text is from. */
export type Printable = string & { readonly [cleaned]: true };

/** Control characters of C0 and C1 become `?`: what comes from outside must not be able to forge a line of its own. */
export function printable(text: string): Printable {
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, '?') as Printable;
}

/** A fault with its trace, on one line. */
export function traceOf(error: unknown): string {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return trace.replace(/\n\s*/g, ' | ');
}
