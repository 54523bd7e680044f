/** Postfix, the manager and each milter as they are now: what `status` shows, and what is wrong with it. */
import { isServiceEnabled } from '../../detect/service-enabled.ts';
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';
import type { MilterStatus, Reach, StatusRow } from '../../ui/show-status.ts';
import { managerElement, type ManagerElement } from './manager-element.ts';
import { managerTells, type Told } from './manager-tells.ts';
import { isRunning, milterStatuses } from './milter-statuses.ts';
import { installedVersions } from './installed-versions.ts';
import { reachable } from './reachable.ts';

export interface HostStatus {
  readonly postfix: StatusRow & {
    readonly smtpdMilters: string | undefined;
    readonly nonSmtpdMilters: string | undefined;
    /** How main.cf names the manager; undefined where it does not. */
    readonly manager: string | undefined;
  };
  /** `reachable` is for Postfix's user, where its smtpd looks for the socket. */
  readonly manager: StatusRow & { readonly socket: string; readonly told: Told };
  readonly milters: readonly MilterStatus[];
}

export async function hostStatus(host: Host, facts: HostFacts): Promise<HostStatus> {
  const element = managerElement(host, facts);
  const milters = [...milterStatuses(facts), ...ownChildren(facts)];
  const seen = withoutRights(host, facts);
  const [versions, manager, told, ...reaches] = await Promise.all([
    installedVersions(host, facts),
    managerRow(host, facts, element),
    managerTells(host, facts),
    ...milters.map((each) => reachOf(host, facts, each)),
  ]);
  return {
    postfix: { ...seen(postfixRow(host, facts, element)), version: versions.postfix },
    manager: {
      ...seen(manager),
      version: versions.manager,
      socket: facts.manager.spec,
      told,
    },
    milters: milters.map((each, index) => ({
      ...seen(each),
      version: versions.milters.get(each.name),
      reachable: reaches[index],
    })),
  };
}

/** Those that the manager's ini alone names; which service is behind such a one nobody knows. */
function ownChildren({ manager, detected }: HostFacts): readonly MilterStatus[] {
  return manager.milters
    .filter(({ name }) => !detected.some((each) => each.name === name))
    .map(({ name, enabled, spec }) => ({
      ...{ name, installed: true, enabled, running: undefined, socket: spec },
    }));
}

function postfixRow(
  host: Host,
  facts: HostFacts,
  element: ManagerElement | undefined,
): Omit<HostStatus['postfix'], 'version'> {
  const { platform, postfix, postfixInstalled } = facts;
  return {
    name: 'postfix',
    installed: postfixInstalled,
    enabled: isServiceEnabled(host, platform.init, 'postfix'),
    running: isRunning(facts, 'postfix'),
    smtpdMilters: postfix.parameters.setting('smtpd_milters')?.value,
    nonSmtpdMilters: postfix.parameters.setting('non_smtpd_milters')?.value,
    manager: element?.element,
  };
}

async function managerRow(
  host: Host,
  facts: HostFacts,
  element: ManagerElement | undefined,
): Promise<StatusRow> {
  const { platform, manager } = facts;
  const installed = host.stat(platform.managerProgram) !== undefined;
  const spec = element?.spec ?? manager.spec;
  return {
    name: 'milter-manager',
    installed,
    enabled: isServiceEnabled(host, platform.init, platform.managerService),
    running: isRunning(facts, platform.managerService),
    ...(installed && { reachable: await reachable(host, facts, postfixUser(facts), spec) }),
  };
}

/** Who Postfix's daemons run as. */
function postfixUser({ postfix }: HostFacts): string {
  return postfix.parameters.value('mail_owner');
}

/** One that is turned off has no socket that anybody should reach. */
async function reachOf(
  host: Host,
  facts: HostFacts,
  { enabled, socket }: MilterStatus,
): Promise<Reach | undefined> {
  if (!enabled || socket === undefined) return undefined;
  return await reachable(host, facts, facts.platform.managerUser, socket);
}

/** "It does not run" says nothing where only root can see it. */
function withoutRights(
  host: Host,
  { platform }: HostFacts,
): <Row extends StatusRow>(row: Row) => Row {
  if (host.writable || !platform.services.statusNeedsRoot) return (row) => row;
  return (row) => (row.running === false ? { ...row, running: undefined } : row);
}

/** What should work and does not, a sentence each; nothing on a tree, where nothing can be seen to work. */
export function troublesOf(host: Host, status: HostStatus): readonly string[] {
  const { postfix, manager, milters } = status;
  if (!host.runs) return [];
  const unasked =
    manager.installed && postfix.installed && postfix.manager === undefined
      ? [
          `Postfix does not ask the manager: smtpd_milters of main.cf does not name ${manager.socket}`,
        ]
      : [];
  const boot =
    manager.installed && manager.enabled === false && postfix.manager !== undefined
      ? ['Postfix asks the manager, and it is not enabled: mail is not filtered after a reboot']
      : [];
  return [
    ...(postfix.installed ? troublesOfRow(postfix) : []),
    ...unasked,
    ...boot,
    ...(manager.installed ? troublesOfRow(manager) : []),
    ...milters.flatMap((milter) => [
      ...troublesOfRow(milter),
      // Who may not read its configuration knows of no socket either.
      ...(milter.enabled && milter.socket === undefined && host.writable
        ? [`${milter.name} is enabled, and its configuration names no socket`]
        : []),
    ]),
  ];
}

/** Nobody can reach what does not run: that is one trouble, not two. */
function troublesOfRow({ name, enabled, running, reachable: reach }: StatusRow): readonly string[] {
  if (enabled === false) return [];
  if (running === false) return [`${name} is enabled and does not run`];
  if (reach?.state === 'no') return [`${reach.user} cannot reach ${name}: ${reach.reason}`];
  return [];
}
