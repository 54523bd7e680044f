/** `milter-setup status`: Postfix, the manager and each milter, whether they work, and what each milter did last. */
import { staleIn } from '../doctor/manager-list.ts';
import { missingOf, saidOfMissing } from '../doctor/wanted.ts';
import { readersOf } from '../postfix/askers.ts';
import { EXIT } from '../host/setup-error.ts';
import type { Host } from '../host/host.ts';
import { gatherFacts, type HostFacts } from '../plan/facts.ts';
import { showGroups, type StatusGroup } from '../ui/show-status.ts';
import type { Style } from '../ui/style.ts';
import { wrap } from '../ui/wrap.ts';
import {
  managerLines,
  verdictLines,
  type Detail,
  type ToldOfManager,
} from '../ui/show-verdicts.ts';
import type { CommandContext } from './command.ts';
import { readLastAnswers, wantedIn } from './answers/last-answers.ts';
import { dkimRecords } from './status/dkim-records.ts';
import { hostStatus, troublesOf, type HostStatus } from './status/host-status.ts';
import { statusAsJson } from './status/status-json.ts';
import { predecessorLines } from './run/respect-predecessor.ts';
import { unreadWarnings } from './run/unread.ts';

export async function run({ host, options, ui }: CommandContext): Promise<number> {
  const facts = await gatherFacts(host, options.platform);
  const status = await hostStatus(host, facts);
  const { told } = status.manager;
  const wanted = wantedIn(readLastAnswers(host, facts.platform));
  const missing = host.runs && status.manager.installed ? missingOf(host, facts, wanted) : [];
  const troubles = [
    ...troublesOf(host, status),
    ...missing.filter(({ turnedOff }) => !turnedOff).map(saidOfMissing),
    ...('status' in told ? staleIn(facts.manager, namesOf(told.status)) : []),
  ];
  const { release, postfix } = facts;
  ui.print(`${release.title}\n\n${showGroups(groupsOf(status, Date.now()), ui.style)}`);
  for (const line of notesOf(host, facts, status)) ui.print(wrap(line, ui.style.columns));
  const dkim = dkimRecords(host, facts);
  for (const { milter, domain, record } of dkim) {
    ui.print(`\n${milter} signs mail of ${domain}; its DNS must have:\n${record.trimEnd()}`);
  }
  for (const line of predecessorLines(facts)) ui.print(line);
  const warnings = [...facts.warnings, ...unreadWarnings(host)];
  for (const warning of warnings) ui.warn(warning);
  const shown = troubles.map((text) => showTrouble(text, ui.style));
  if (shown.length > 0) ui.print(`\n${shown.join('\n')}`, shown.join('\n'));
  if (shown.length > 0) ui.print('What to do: milter-setup doctor');
  const smtpdMilters = postfix.parameters.setting('smtpd_milters')?.value ?? '';
  ui.result({
    ...{ schema: 1, release, ...statusAsJson(status), smtpdMilters, dkim, warnings, troubles },
    status: troubles.length > 0 ? 'fail' : 'pass',
  });
  return troubles.length > 0 ? EXIT.pending : EXIT.ok;
}

function namesOf({ milters }: ToldOfManager): readonly string[] {
  return milters.map(({ name }) => name);
}

function showTrouble(text: string, style: Style): string {
  return style.paint('red', wrap(`${style.marks.fail} ${text}`, style.columns));
}

function groupsOf({ postfix, manager, milters }: HostStatus, now: number): readonly StatusGroup[] {
  const { told } = manager;
  const verdictsOf = (name: string): readonly Detail[] => {
    const its =
      'status' in told ? told.status.milters.find((each) => each.name === name) : undefined;
    return its === undefined ? [] : verdictLines(its, now);
  };
  return [
    {
      heading: 'program',
      rows: [
        { ...postfix, details: asks(postfix) },
        {
          ...manager,
          details: 'status' in told ? managerLines(told.status) : silence(manager, told.reason),
        },
      ],
    },
    {
      heading: 'milter',
      rows: milters
        .filter(({ installed }) => installed)
        .map((milter) => ({ ...milter, details: verdictsOf(milter.name) })),
    },
  ];
}

function asks({ smtpdMilters = '', nonSmtpdMilters }: HostStatus['postfix']): readonly Detail[] {
  return [
    { text: smtpdMilters === '' ? 'asks no milter' : `smtpd_milters = ${smtpdMilters}` },
    ...(nonSmtpdMilters === undefined ? [] : [{ text: `non_smtpd_milters = ${nonSmtpdMilters}` }]),
  ];
}

/** That it is not there, or does not run, is seen already. */
function silence({ installed, running }: HostStatus['manager'], reason: string): readonly Detail[] {
  return installed && running === true ? [{ text: `tells no verdicts: ${reason}` }] : [];
}

/** What the columns mean on this host, and what could not be seen. */
function notesOf(
  host: Host,
  { postfix, platform }: HostFacts,
  status: HostStatus,
): readonly string[] {
  const reach = status.manager.reachable;
  const missing = status.milters.filter(({ installed }) => !installed).map(({ name }) => name);
  const absent = missing.length > 0 ? [`\nnot installed: ${missing.join(', ')}`] : [];
  if (!host.runs) return [...absent, '?: cannot be seen on a tree'];
  if (reach === undefined) return absent;
  if (reach.state === 'unknown') return [...absent, `reachable ?: ${reach.reason}`];
  const chroot = readersOf(postfix.askers, 'smtpd_milters').some(({ chrooted }) => chrooted)
    ? `, in its chroot ${postfix.queueDirectory}`
    : '';
  return [
    ...absent,
    `reachable: the manager for ${reach.user}${chroot}; the milters for ${platform.managerUser}`,
  ];
}
