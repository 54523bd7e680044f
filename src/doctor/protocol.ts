/** What main.cf says of the milter protocol beside the list of milters. */
import type { Host } from '../host/host.ts';
import type { DoctorFacts } from './facts.ts';
import { type Check, NO_MANAGER, type Problem } from './finding.ts';
import { setMainCf, unsetMainCf } from './repairs.ts';

const ACTIONS = ['accept', 'reject', 'tempfail', 'quarantine', 'shutdown'];

export const protocol: Check = {
  id: 'milter-protocol',
  title:
    'Postfix speaks the current milter protocol, and knows what to do while the manager is down',
  applies: ({ postfixInstalled }) => postfixInstalled || 'Postfix is not installed',
  look: async (host, facts) => [...version(facts), ...(await action(host, facts))],
};

function version(facts: DoctorFacts): readonly Problem[] {
  const set = facts.postfix.parameters.setting('milter_protocol');
  const number = Number(set?.value);
  if (set === undefined || !(number < 6)) return [];
  const lost = [
    ...(number < 4 ? ['no milter hears of DATA'] : []),
    'no milter may ask for macros, skip the rest of a body or change the sender',
  ];
  return [
    {
      grade: 'warning',
      title: `Postfix speaks version ${number} of the milter protocol: ${lost.join(', ')}`,
      evidence: [`${set.source}: milter_protocol = ${set.value}`],
      fix: unsetMainCf(facts, 'milter_protocol'),
    },
  ];
}

/** An action that this Postfix does not know is told at the first failure of a milter, by deferring the mail. */
async function action(host: Host, facts: DoctorFacts): Promise<readonly Problem[]> {
  const set = facts.postfix.parameters.setting('milter_default_action');
  if (set === undefined || set.value.includes('$')) return [];
  const evidence = [`${set.source}: milter_default_action = ${set.value}`];
  const usual = facts.ours.defaultAction ?? 'tempfail';
  const known = ACTIONS.includes(set.value) && !(await isTooNew(host, set.value));
  if (!known) {
    return [
      {
        grade: 'error',
        title: `Postfix does not know milter_default_action = ${set.value}: with the manager down it defers all mail`,
        evidence,
        fix: setMainCf(facts, 'milter_default_action', usual),
      },
    ];
  }
  if (set.value !== 'reject') return [];
  return [
    {
      grade: 'warning',
      title: 'while the manager is down, mail is refused for good and does not come again',
      evidence,
      fix: setMainCf(facts, 'milter_default_action', 'tempfail'),
    },
  ];
}

/** `shutdown` is the default of every Postfix that knows it (3.11, and updates of 3.7 to 3.10 of 2026). */
async function isTooNew(host: Host, value: string): Promise<boolean> {
  if (value !== 'shutdown' || !host.runs) return false;
  const { exitCode, stdout } = await host.run(['postconf', '-d', '-h', 'milter_default_action']);
  return exitCode === 0 && stdout.trim() !== '' && stdout.trim() !== 'shutdown';
}

/** Postfix's own list: what leaves parts of it out takes them from every milter. */
const OWN = 'i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}';

export const macros: Check = {
  id: 'milter-macros',
  title: 'Postfix tells the milters its own macros',
  applies: ({ managerInstalled, postfixInstalled }) =>
    !postfixInstalled ? 'Postfix is not installed' : managerInstalled || NO_MANAGER,
  look: (_host, facts) => {
    const set = facts.postfix.parameters.setting('milter_mail_macros');
    if (set === undefined) return [];
    const bare = (text: string) => text.split(/[\s,]+/).map((each) => each.replace(/[{}]/g, ''));
    const missing = bare(OWN).filter((each) => !bare(set.value).includes(each));
    if (missing.length === 0) return [];
    const more = set.value.split(/[\s,]+/).filter((each) => !bare(OWN).includes(bare(each)[0]!));
    return [
      {
        grade: 'warning',
        title: `milter_mail_macros leaves out Postfix's own macros: ${missing.join(', ')}`,
        evidence: [`${set.source}: milter_mail_macros = ${set.value}`],
        fix: setMainCf(facts, 'milter_mail_macros', [OWN, ...more].join(' ')),
      },
    ];
  },
};
