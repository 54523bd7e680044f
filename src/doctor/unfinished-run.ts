/** A run of ours that was killed: the host is half of what it was and half of what it should be. */
import { advice, type Check, run } from './finding.ts';

export const unfinishedRun: Check = {
  id: 'unfinished-run',
  title: 'every run of milter-setup has ended',
  applies: ({ ours }) => ours.hidden !== true || 'the journal may be read by root only',
  look: (_host, { ours: { unfinished, atWork } }) => {
    if (atWork !== undefined) {
      return [
        {
          grade: 'info',
          title: `${atWork} is at work on this host: what follows may change`,
          evidence: [],
          fix: [advice('Wait until it has ended, and look again.')],
        },
      ];
    }
    if (unfinished === undefined) return [];
    return [
      {
        grade: 'error',
        title: `a run of milter-setup ${unfinished.verb} did not end: it was killed, or the machine went down`,
        evidence: [`begun ${unfinished.at}, in the journal (milter-setup undo --list)`],
        fix: [run('milter-setup', 'undo')],
      },
    ];
  },
};
