/** What became of a step, as one line; errors of a step begin with its title already. */
export function entitled(title: string, reason: string): string {
  return reason.startsWith(`${title}: `) ? reason : `${title}: ${reason}`;
}
