/** Changes as versions before 0.2 journalled them: what they are about stood in one list, `subjects`, by its place. */
import type { Change } from '../change/change.ts';

/** A change of a journal, old or new, with its fields by name. */
export function withNamedFields(change: Change): Change {
  if (!('subjects' in change) || !Array.isArray(change.subjects)) return change;
  const [first = '', second = ''] = change.subjects as readonly string[];
  switch (change.kind) {
    case 'install-packages':
      return { ...change, packages: change.subjects as readonly string[] };
    case 'create-group':
      return { ...change, group: first };
    case 'create-user':
      return { ...change, user: first };
    case 'join-group':
      return { ...change, user: first, group: second };
    case 'service':
      return { ...change, service: first };
    case 'check':
      return { ...change, of: first };
    case 'prove':
      return { ...change, spec: first };
    case 'run':
    case 'prove-asked':
    case 'write-file':
    case 'make-directory':
      return change;
  }
}
