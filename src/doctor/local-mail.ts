/** Mail of cron and of the sendmail command does not come by SMTP: only non_smtpd_milters see it. */
import { postfixSocket } from '../plan/postfix-notation.ts';
import { type Check, NO_MANAGER } from './finding.ts';
import { setMainCf } from './repairs.ts';
import { isAt } from './main-cf.ts';

export const localMail: Check = {
  id: 'local-mail',
  title: 'mail that does not come by SMTP is signed and filtered, too',
  applies: ({ managerInstalled, postfixInstalled }) =>
    !postfixInstalled ? 'Postfix is not installed' : managerInstalled || NO_MANAGER,
  look(_host, facts) {
    const { mainCf, manager, postfix, milters } = facts;
    const cleanup = mainCf.asking.find(({ parameter }) => parameter === 'non_smtpd_milters');
    const elements = cleanup?.elements ?? [];
    if (elements.some((each) => isAt(each, manager.spec, postfix.queueDirectory))) return [];
    const signers = milters
      .filter(({ setup, detected }) => setup?.signs && detected?.enabled)
      .map(({ milter }) => milter.name);
    const value =
      postfix.smtpdChrooted === postfix.cleanupChrooted
        ? '$smtpd_milters'
        : postfixSocket(manager.spec, postfix.queueDirectory, postfix.cleanupChrooted);
    const set = mainCf.get('non_smtpd_milters');
    return [
      {
        grade: signers.length > 0 ? 'warning' : 'info',
        title:
          signers.length > 0
            ? `mail of cron and of the sendmail command is not signed by ${signers.join(', ')}`
            : 'mail of cron and of the sendmail command is not filtered',
        evidence: [
          set === undefined
            ? `${mainCf.path}: no non_smtpd_milters`
            : `${set.source}: non_smtpd_milters = ${set.value}`,
        ],
        fix: setMainCf(facts, 'non_smtpd_milters', value),
      },
    ];
  },
};
