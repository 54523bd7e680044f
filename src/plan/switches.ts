/** FreeBSD's enable flags: variables of rc.conf, so a milter is turned off by an edit of that file. */
import { editorFor } from '../edit/editors.ts';
import { readText, type HostReader } from '../host/host.ts';
import type { WriteFile } from './change.ts';
import type { HostFacts, MilterFacts } from './facts.ts';
import { SECRETS } from './settings.ts';

/** rc.conf with the flags of `off` set to NO, on top of what the plan writes there already. */
export function planSwitches(
  host: HostReader,
  facts: HostFacts,
  off: readonly MilterFacts[],
  planned: readonly WriteFile[],
): { readonly changes: readonly WriteFile[] } {
  const flags = off.flatMap(({ milter }) => RC_VARIABLES[milter.name] ?? []);
  if (facts.platform.name !== 'freebsd' || flags.length === 0) return { changes: [] };
  const path = '/etc/rc.conf';
  const before = readText(host, path);
  const text = planned.find((change) => change.path === path)?.after ?? before ?? '';
  const settings = flags.map((flag) => `${flag}="NO"\n`).join('');
  const after = editorFor('shell').merge(text, { text: settings }).text;
  if (after === before) return { changes: [] };
  return {
    changes: [
      {
        kind: 'write-file',
        phase: 'files',
        title: `edit ${path}`,
        why: 'The milter stays off after a reboot.',
        path,
        before,
        after,
        secrets: SECRETS,
      },
    ],
  };
}

/** The install document says `XXX_enabled`; the scripts read `XXX_enable`. */
const RC_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'milter-greylist': ['miltergreylist_enable'],
  'clamav-milter': ['clamav_milter_enable'],
  'spamass-milter': ['spamass_milter_enable'],
  opendkim: ['milteropendkim_enable'],
  opendmarc: ['opendmarc_enable'],
  'pyspf-milter': ['pyspf_milter_enable'],
  'dkimpy-milter': ['dkimpy_milter_enable'],
  rspamd: ['rspamd_enable'],
};
