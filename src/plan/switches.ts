/** FreeBSD's enable flags: variables of rc.conf and the files after it, so a milter is turned on and off by an edit. */
import { editorFor } from '../edit/editors.ts';
import { readText, type HostReader } from '../host/host.ts';
import type { WriteFile } from '../change/change.ts';
import type { HostFacts, MilterFacts } from './facts.ts';
import { SECRETS } from './settings.ts';

interface Switched {
  readonly on: readonly MilterFacts[];
  readonly off: readonly MilterFacts[];
}

const RC_CONF = '/etc/rc.conf';

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
  if (platform.name !== 'freebsd') return { changes: [] };
  const overridden = on.filter((each) => each.detected && placeOf(each) !== RC_CONF);
  const flags = [...flagsOf(off, 'NO'), ...flagsOf(overridden, 'YES')];
  const paths = [...new Set(flags.map(({ path }) => path))];
  return {
    changes: paths.flatMap((path) => {
      const own = flags.filter((flag) => flag.path === path);
      return edit(host, path, own, planned);
    }),
  };
}

interface Flag {
  readonly path: string;
  readonly name: string;
  readonly value: 'YES' | 'NO';
}

function flagsOf(milters: readonly MilterFacts[], value: Flag['value']): readonly Flag[] {
  return milters.flatMap((each) => {
    const name = RC_VARIABLES[each.milter.name];
    return name === undefined ? [] : [{ path: placeOf(each), name, value }];
  });
}

/** The file whose line decides: a later one than /etc/rc.conf where the flag stands there. */
function placeOf({ detected }: MilterFacts): string {
  const path = detected?.sources.enabled?.replace(/:\d+$/, '') ?? RC_CONF;
  return /\/rc\.conf(?:$|[./])/.test(path) && !path.startsWith('/etc/defaults/') ? path : RC_CONF;
}

function edit(
  host: HostReader,
  path: string,
  flags: readonly Flag[],
  planned: readonly WriteFile[],
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
        : 'What stands here counts more than /etc/rc.conf.',
      path,
      before,
      after,
      secrets: SECRETS,
    },
  ];
}

/** The install document says `XXX_enabled`; the scripts read `XXX_enable`. */
const RC_VARIABLES: Readonly<Record<string, string>> = {
  'milter-greylist': 'miltergreylist_enable',
  'clamav-milter': 'clamav_milter_enable',
  'spamass-milter': 'spamass_milter_enable',
  opendkim: 'milteropendkim_enable',
  opendmarc: 'opendmarc_enable',
  'pyspf-milter': 'pyspf_milter_enable',
  'dkimpy-milter': 'dkimpy_milter_enable',
  rspamd: 'rspamd_enable',
};
