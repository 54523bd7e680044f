/** Files that could not be understood, and what an ordinary user may not read: what is in them is not known. */
import { type Check, run } from './finding.ts';

export const unparsed: Check = {
  id: 'unread-files',
  title: 'every file could be read',
  applies: () => true,
  look: (host, { warnings }) => [
    ...warnings.map((text) => ({
      grade: 'warning' as const,
      title: text,
      evidence: [],
      fix: [],
    })),
    ...[...(host.unread ?? [])].map((path) => ({
      grade: 'warning' as const,
      title: `you may not read ${path}: it was left out; root sees all`,
      evidence: [],
      fix: [run('sudo', 'milter-setup', 'doctor')],
    })),
  ],
};
