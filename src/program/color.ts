/** Whether a program writes in colour, by the same rules everywhere. */

/** no-color.org and FORCE_COLOR; else a terminal that is not a dumb one. */
export function wantsColor(
  environment: Readonly<Record<string, string | undefined>>,
  isTTY: boolean,
): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  const force = environment['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTTY && environment['TERM'] !== 'dumb';
}
