/** Enable flags (FreeBSD): variables of rc.conf and the files after it, so a milter is turned on and off by an edit. */
import { editorFor } from '../edit/editors.ts';
import { readText, type HostReader } from '../host/host.ts';
import type { WriteFile } from '../change/change.ts';
import type { DetectedMilter } from '../detect/detected.ts';
import type { HostFacts, MilterFacts } from './facts.ts';
import { SECRETS } from './settings.ts';

interface Switched {
  readonly on: readonly MilterFacts[];
  readonly off: readonly MilterFacts[];
}

/**
 * The flags of `off` set to NO, on top of what the plan writes there already, and those of `on` to YES where a file
 * after /etc/rc.conf has them at NO.
 */
export function planSwitches(
  host: HostReader,
  { platform }: HostFacts,
  { on, off }: Switched,
  planned: readonly WriteFile[],
): { readonly changes: readonly WriteFile[] } {
  const { flagFile } = platform;
  if (flagFile === undefined) return { changes: [] };
  const overridden = flagsOf(on, 'YES', flagFile).filter(({ path }) => path !== flagFile);
  const flags = [...flagsOf(off, 'NO', flagFile), ...overridden];
  const paths = [...new Set(flags.map(({ path }) => path))];
  return {
    changes: paths.flatMap((path) => {
      const own = flags.filter((flag) => flag.path === path);
      return edit(host, path, own, planned, flagFile);
    }),
  };
}

interface Flag {
  readonly path: string;
  readonly name: string;
  readonly value: 'YES' | 'NO';
}

function flagsOf(
  milters: readonly MilterFacts[],
  value: Flag['value'],
  flagFile: string,
): readonly Flag[] {
  return milters.flatMap(({ detected }) =>
    detected?.flag === undefined
      ? []
      : [{ path: placeOf(detected, flagFile), name: detected.flag, value }],
  );
}

/** The file whose line decides: one that is read after the usual one where the flag stands there. */
function placeOf({ sources }: DetectedMilter, usual: string): string {
  const path = sources.enabled?.replace(/:\d+$/, '') ?? usual;
  return /\/rc\.conf(?:$|[./])/.test(path) && !path.startsWith('/etc/defaults/') ? path : usual;
}

function edit(
  host: HostReader,
  path: string,
  flags: readonly Flag[],
  planned: readonly WriteFile[],
  flagFile: string,
): readonly WriteFile[] {
  const before = readText(host, path);
  const text = planned.find((change) => change.path === path)?.after ?? before ?? '';
  const settings = flags.map(({ name, value }) => `${name}="${value}"\n`).join('');
  const after = editorFor('shell').merge(text, { text: settings }).text;
  if (after === text) return [];
  return [
    {
      kind: 'write-file',
      phase: 'files',
      title: `edit ${path}`,
      why: flags.some(({ value }) => value === 'NO')
        ? 'The milter stays off after a reboot.'
        : `What stands here counts more than ${flagFile}.`,
      path,
      before,
      after,
      secrets: SECRETS,
    },
  ];
}
