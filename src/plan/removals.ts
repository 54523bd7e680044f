/** What the packages of a plan take away, above all another mail server: asked of the package manager beforehand. */
import { editorFor } from '../edit/editors.ts';
import { type Host, type HostReader, readText } from '../host/host.ts';
import type { Plan } from '../change/change.ts';
import { OTHER_MTAS, type OtherMta } from '../platforms/other-mtas.ts';
import type { Platform } from '../platforms/platform.ts';

/** Milliseconds. */
const PATIENCE = 60_000;

/** The packages that a plan installs. */
export function installedBy(plan: Plan): readonly string[] {
  return plan.changes.flatMap((change) =>
    change.kind === 'install-packages' ? change.packages : [],
  );
}

/** What their installation removes, as far as the package manager's lists tell; nothing where nothing runs. */
export async function removedBy(
  host: Host,
  { simulation }: Platform,
  plan: Plan,
): Promise<readonly string[]> {
  const names = installedBy(plan);
  if (simulation === undefined || names.length === 0 || !host.runs) return [];
  const { argv, environment = {} } = simulation.command(names);
  const { stdout } = await host.run(argv, { timeout: PATIENCE, environment });
  return simulation.removed(stdout);
}

/** The plan, which says what is removed, and whose undo installs that again. */
export function withRemovals(
  host: HostReader,
  platform: Platform,
  plan: Plan,
  removed: readonly string[],
): Plan {
  if (removed.length === 0) return plan;
  // The last installation is that of the packages; those before it are repositories.
  const last = plan.changes.findLast(({ kind }) => kind === 'install-packages');
  const changes = plan.changes.map((change) =>
    change === last && change.kind === 'install-packages'
      ? {
          ...change,
          why: `${change.why} The installation removes ${removed.join(', ')}.`,
          undo: [...change.undo, ...platform.installPackages(removed)],
        }
      : change,
  );
  return { changes, notes: [...plan.notes, ...removalNotes(host, removed)] };
}

/** The mail servers among these packages. */
export function mtasAmong(packages: readonly string[]): readonly OtherMta[] {
  return OTHER_MTAS.filter((mta) => packages.some((name) => mta.packages.test(name)));
}

/** What goes, what waits in its queue, and what of its configuration Postfix would need. */
export function removalNotes(host: HostReader, removed: readonly string[]): readonly string[] {
  return [
    `installing the packages removes ${removed.join(', ')}. Configuration files stay; milter-setup undo --packages ` +
      'installs these packages again.',
    ...mtasAmong(removed).flatMap((mta) => [
      ...queueNotes(host, mta),
      ...smarthostNotes(host, mta),
    ]),
  ];
}

function queueNotes(host: HostReader, { title, queue }: OtherMta): readonly string[] {
  if (queue === undefined)
    return [`${title} is the mail server of this host; Postfix replaces it.`];
  return queue.directories.flatMap((directory) => {
    if (host.stat(directory) === undefined) return [];
    const count = messagesIn(host, directory, queue.message);
    const waiting = count === 1 ? '1 message waits' : `${count} messages wait`;
    return count === 0
      ? [
          `${title} is the mail server of this host; Postfix replaces it. Its queue ${directory} is empty.`,
        ]
      : [
          `${title} is the mail server of this host; Postfix replaces it. ${waiting} in its queue ${directory}: ` +
            `Postfix does not deliver it. To deliver it first: ${queue.flush}`,
        ];
  });
}

/** Also one directory deeper: some queues are split. */
function messagesIn(host: HostReader, directory: string, message: RegExp): number {
  const names = host.list(directory);
  const below = names
    .filter((name) => host.lstat(`${directory}/${name}`)?.type === 'directory')
    .flatMap((name) => host.list(`${directory}/${name}`));
  return [...names, ...below].filter((name) => message.test(name)).length;
}

function smarthostNotes(host: HostReader, { title, smarthost }: OtherMta): readonly string[] {
  if (smarthost === undefined) return [];
  const text = readText(host, smarthost.file) ?? '';
  const value = editorFor('shell').read(text, smarthost.variable) ?? '';
  const [name = '', port] = value.split('::');
  if (name === '') return [];
  const relay = `[${name}]${port === undefined ? '' : `:${port}`}`;
  return [
    `${title} sends mail through ${value} (${smarthost.file}: ${smarthost.variable}). For Postfix: ` +
      `postconf -e 'relayhost = ${relay}'`,
  ];
}
