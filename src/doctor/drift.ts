/** Files that somebody changed since we wrote them: whether our settings are still in them is what matters. */
import { advice, type Check, type Problem, run } from './finding.ts';

export const drift: Check = {
  id: 'drift',
  title: 'our files are as we left them',
  applies: ({ ours }) => ours.written.length > 0 || 'milter-setup has written no file here',
  look: (_host, { ours }) =>
    ours.changed.map(({ path, gone, drifted }): Problem => {
      const what = gone ? 'was removed' : 'was changed';
      if (drifted === false && !gone) {
        return {
          grade: 'info',
          title: `${path} ${what} since milter-setup wrote it; our settings are still in it`,
          evidence: ['its SHA-256 is another than that of our last run'],
          fix: [],
        };
      }
      return {
        grade: 'warning',
        title: `${path} ${what} since milter-setup wrote it`,
        evidence: [
          gone ? `there is no ${path}` : 'its SHA-256 is another than that of our last run',
          ...(drifted ? ['a run with the same answers would change it'] : []),
        ],
        fix: [
          run('milter-setup', 'plan'),
          run('milter-setup', '--yes', '--force'),
          advice('The first shows what is missing, the second puts it back.'),
        ],
      };
    }),
};
