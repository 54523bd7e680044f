/** `milter-setup status`: each milter with installed, enabled, running, socket; and the DNS records of DKIM keys. */
import { EXIT } from '../host/setup-error.ts';
import { gatherFacts } from '../plan/facts.ts';
import { showStatus } from '../ui/show-status.ts';
import type { CommandContext } from './command.ts';
import { dkimRecords } from './dkim-records.ts';
import { milterStatuses } from './milter-statuses.ts';
import { predecessorLines } from './respect-predecessor.ts';
import { unreadWarnings } from './unread.ts';

export async function run({ host, options, ui }: CommandContext): Promise<number> {
  const facts = await gatherFacts(host, options.platform);
  const { platform, release, postfix, knowsRunning, running } = facts;
  const milters = milterStatuses(facts);
  const manager = {
    installed: host.stat(platform.managerProgram) !== undefined,
    running: knowsRunning ? running.has(platform.managerService) : null,
    socket: facts.managerSpec,
  };
  const smtpdMilters = postfix.smtpdMilters ?? '';
  ui.print(`${release.title}\n\n${showStatus(milters, ui.style)}`);
  ui.print(
    `milter manager: ${manager.installed ? 'installed' : 'not installed'}` +
      `${manager.running === null ? '' : manager.running ? ', running' : ', not running'}, ${manager.socket}\n` +
      `Postfix asks: ${smtpdMilters === '' ? 'no milter' : smtpdMilters}`,
  );
  const dkim = dkimRecords(host, facts);
  for (const { milter, domain, record } of dkim) {
    ui.print(`\n${milter} signs mail of ${domain}; its DNS must have:\n${record.trimEnd()}`);
  }
  for (const line of predecessorLines(facts)) ui.print(line);
  const warnings = [...facts.warnings, ...unreadWarnings(host)];
  for (const warning of warnings) ui.warn(warning);
  ui.result({ schema: 1, release, milters, manager, smtpdMilters, dkim, warnings });
  return EXIT.ok;
}
