/** What the wizard found on this host, before it asks anything. */
import type { HostFacts } from '../../plan/facts.ts';
import { showStatus } from '../../ui/show-status.ts';
import { wrap } from '../../ui/wrap.ts';
import type { CommandContext } from '../command.ts';
import { milterStatuses } from '../status/milter-statuses.ts';
import { predecessorLines } from '../run/respect-predecessor.ts';
import { isSetUp } from '../run/set-up.ts';

export function showFound(context: CommandContext, facts: HostFacts): void {
  const { ui } = context;
  ui.print(`This host runs ${facts.release.title}.`);
  if (ui.interactive) {
    ui.print(wrap(postfixFound(facts), ui.style.columns));
    if (!isSetUp(context, facts) && facts.asked.length === 0 && !facts.predecessor?.inUse) {
      ui.print(miltersFound(facts));
    }
    warnWithoutRoot(context);
  }
  for (const { milter, unavailable } of facts.milters) {
    // Who comes again has read it.
    if (unavailable === undefined || (ui.interactive && isSetUp(context, facts))) continue;
    const text = `${milter.name} is not offered: ${unavailable}.`;
    ui.print(ui.interactive ? wrap(text, ui.style.columns) : text);
  }
  for (const line of predecessorLines(facts)) {
    ui.print(ui.interactive ? inTwoColumns(line, ui.style.columns) : line);
  }
  if (facts.asked.length === 0) return;
  const there = milterStatuses(facts).filter(({ name }) =>
    facts.asked.some((each) => each.name === name),
  );
  ui.print(`Postfix asks these milters by itself now:\n\n${showStatus(there, ui.style)}`);
}

function postfixFound({ postfixInstalled, postfix, running, knowsRunning }: HostFacts): string {
  if (!postfixInstalled) return 'Postfix is not installed yet.';
  const state = knowsRunning && !running.has('postfix') ? 'installed, and does not run' : 'there';
  const milters = postfix.parameters.setting('smtpd_milters')?.value ?? '';
  return `Postfix is ${state}; it asks ${milters === '' ? 'no milter' : milters}.`;
}

/** Milters that are there, and that Postfix does not ask. */
function miltersFound({ detected }: HostFacts): string {
  if (detected.length === 0) return 'No milter is installed.';
  const each = detected.map(
    ({ name, enabled, connectionSpec }) =>
      `  ${name}: ${enabled ? 'enabled' : 'not enabled'}, ${connectionSpec ?? 'no socket'}`,
  );
  return ['Milters that are installed, and that Postfix does not ask:', ...each].join('\n');
}

/** The questions can be answered all the same: the command that root is to type has the answers. */
function warnWithoutRoot({ host, ui }: CommandContext): void {
  if (host.writable) return;
  ui.warn('you are not root: you can look at all; the end tells the command for sudo');
}

/** `  program   /usr/sbin/milter-manager`: what does not fit goes on under the second column. */
function inTwoColumns(line: string, columns: number): string {
  const [head = ''] = /^ {2}\w+ +/.exec(line) ?? [];
  if (head === '' || line.length <= columns) return line;
  const indent = ' '.repeat(head.length);
  return head + wrap(line.slice(head.length), columns, indent).trimStart();
}
