/** The C milter-manager's service goes off by the platform's means, and comes back by an undo. */
import { normaliseSpec } from '../detect/spec.ts';
import { readText, type HostReader } from '../host/host.ts';
import { editorFor } from '../edit/editors.ts';
import type { RunCommands } from '../change/change.ts';
import type { HostFacts } from './facts.ts';
import { planServiceOff } from './services.ts';
import type { WantedSettings } from './settings.ts';

const WHY = 'Postfix asks our manager now; its files and its package stay.';

/**
 * Last of all, when Postfix asks ours already and no mail waits: or first, where both would listen in one place. An
 * undo, which goes backwards, starts it again before main.cf names it.
 */
export function planPredecessorOff(host: HostReader, facts: HostFacts): readonly RunCommands[] {
  const { predecessor, platform, managerSpec } = facts;
  if (predecessor === undefined) return [];
  const { service, specs } = predecessor;
  const { evenDisabled } = platform.services;
  const ours = normaliseSpec(managerSpec);
  const phase = specs.some(({ value }) => value === ours) ? 'services' : 'mta';
  const off = planServiceOff(host, facts, { name: service, why: WHY });
  return off.map((change) => ({
    ...change,
    phase,
    why: change.action === 'stop' ? WHY : change.why,
    // Its flag says NO by then, and until it is back.
    ...(evenDisabled && {
      commands: change.commands.map(evenDisabled),
      undo: change.undo.map(evenDisabled),
    }),
  }));
}

/** Where a variable enables it (FreeBSD's rc.conf): the port's script and the program's own call it by two names. */
export function predecessorFlags(host: HostReader, facts: HostFacts): readonly WantedSettings[] {
  const { flagFile: path, name: platform } = facts.platform;
  if (facts.predecessor === undefined || path === undefined) return [];
  const text = readText(host, path) ?? '';
  return ['miltermanager_enable', 'milter_manager_enable']
    .filter((name) => editorFor('shell').read(text, name) !== undefined)
    .map((name) => ({
      path,
      format: 'shell',
      template: `${platform}${path}/milter-manager`,
      text: `${name}="NO"\n`,
      why: 'The C milter-manager stays off after a reboot.',
    }));
}

/** Where it listened, and what becomes of it. */
export function predecessorNotes({ predecessor, platform }: HostFacts): readonly string[] {
  if (predecessor === undefined) return [];
  const { service, specs, configuration } = predecessor;
  const [spec] = specs;
  return [
    `the C milter-manager listened on ${spec?.value} (${spec?.source}); our manager takes its place in main.cf`,
    `its files are left alone${configuration.files.length > 0 ? `: ${configuration.files.join(', ')}` : ''}; ` +
      `its service ${service} is stopped and disabled, ours is called ${platform.managerService}`,
    `it may be uninstalled later; if that removes the user ${platform.managerUser}, run milter-setup again`,
  ];
}
