/** Mail of cron and of the sendmail command does not come by SMTP: only non_smtpd_milters see it. */
import { type Check, NO_MANAGER } from './finding.ts';
import { setMainCf } from './repairs.ts';
import { chrootOf } from '../postfix/askers.ts';
import { isAt, postfixSocket } from '../postfix/notation.ts';

export const localMail: Check = {
  id: 'local-mail',
  title: 'mail that does not come by SMTP is signed and filtered, too',
  applies: ({ managerInstalled, postfixInstalled }) =>
    !postfixInstalled ? 'Postfix is not installed' : managerInstalled || NO_MANAGER,
  look(_host, facts) {
    const { manager, postfix, milters } = facts;
    const cleanup = postfix.askers.find(({ parameter }) => parameter === 'non_smtpd_milters');
    const elements = cleanup?.elements ?? [];
    if (elements.some((each) => isAt(each, manager.spec, postfix.queueDirectory))) return [];
    const signers = milters
      .filter(({ setup, detected }) => setup?.signs && detected?.enabled)
      .map(({ milter }) => milter.name);
    const smtpd = postfix.askers.filter(({ parameter }) => parameter === 'smtpd_milters');
    const value = smtpd.every(({ chrooted }) => chrooted === (cleanup?.chrooted ?? false))
      ? '$smtpd_milters'
      : postfixSocket(manager.spec, postfix.queueDirectory, chrootOf(postfix.askers));
    const set = postfix.parameters.setting('non_smtpd_milters');
    return [
      {
        grade: signers.length > 0 ? 'warning' : 'info',
        title:
          signers.length > 0
            ? `mail of cron and of the sendmail command is not signed by ${signers.join(', ')}`
            : 'mail of cron and of the sendmail command is not filtered',
        evidence: [
          set === undefined
            ? `${postfix.path}: no non_smtpd_milters`
            : `${set.source}: non_smtpd_milters = ${set.value}`,
        ],
        fix: setMainCf(facts, 'non_smtpd_milters', value),
      },
    ];
  },
};
