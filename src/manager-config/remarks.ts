/** What is allowed, and costs more than whoever wrote it may know. */
import type { Configuration, MilterSettings } from './config.ts';

/** One sentence or two each, for who checks a configuration. */
export function remarksOn({ manager, milters, sources }: Configuration): readonly string[] {
  const asked = milters.filter(({ enabled }) => enabled);
  const workers =
    manager.n_workers === 1
      ? [
          `${sources.get('manager.n_workers') ?? 'n_workers'}: one worker costs a second process and brings nothing. Write "n_workers = 0", or 2 and more for several processors.`,
        ]
      : [];
  return [...workers, ...asked.flatMap((milter) => waiting(milter, asked))];
}

/** Without `after` a milter waits for all before it: safe, and as slow as all of them together. */
function waiting(milter: MilterSettings, asked: readonly MilterSettings[]): readonly string[] {
  if (milter.after !== undefined) return [];
  const before = asked.slice(0, asked.indexOf(milter)).map(({ name }) => name);
  if (before.length === 0) return [];
  const where = milter.sources.get('connection_spec') ?? milter.name;
  const names = before.join(', ');
  return [
    `${where}: ${milter.name} gets the content of a mail when ${names} ${before.length === 1 ? 'has' : 'have'} answered, since [milter.${milter.name}] has no "after". ` +
      `Where it need not see their changes, write "after =" there, and it is asked at the same time; or name those whose changes it must see: "after = ${before.at(-1)!}".`,
  ];
}
