/** Wrong usage, told alike by all three programs: one line, and the next step. */

/** Exit status of every program for a command line that it does not understand. */
export const USAGE = 2;

/** Of commander's message the line, and its suggestion where it has one. */
export function usageOf(message: string): {
  readonly problem: string;
  readonly suggestion: string | undefined;
} {
  const [problem = '', suggestion] = message
    .replace(/^error: /, '')
    .trimEnd()
    .split('\n');
  return { problem, suggestion: suggestion?.replace(/^\(Did (.*)\)$/, 'did $1') };
}

/** What a program prints about it. */
export function usageText(program: string, message: string): string {
  const { problem, suggestion } = usageOf(message);
  return `${program}: ${problem}\n${suggestion ?? `see ${program} --help`}\n`;
}
