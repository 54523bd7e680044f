/** Files that must hold our settings -> the changes that put them there. */
import { editorFor } from '../edit/editors.ts';
import { type Edited, EditError } from '../edit/format.ts';
import { renderTemplate } from '../edit/template.ts';
import { readText, type HostReader } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';
import type { SettingsFile } from '../milters/milter.ts';
import type { WriteFile } from '../change/change.ts';
import type { Templates } from './package-files.ts';

/** A file's settings, and what they are for the editor beside the template. */
export interface WantedSettings extends SettingsFile {
  /** What the template would say: for settings that depend on what is on the host. */
  readonly text?: string;
  readonly takeOut?: readonly string[];
}

/** Whatever the format: a diff has three lines of others around each of ours. */
export const SECRETS = [
  '*password',
  // static:USER:PASSWORD, inline:{...}
  '*password_maps',
  '*passwd',
  '*_pw',
  'bindpw',
  // of milter-greylist, with bindpw in the same line
  'ldapconf',
  '*secret',
  '*token',
  '*api_key',
  '*apikey',
];

export interface PlannedFiles {
  readonly changes: readonly WriteFile[];
  readonly notes: readonly string[];
}

/** A template of the package with its `{{name}}`s filled in: of `values` the ones that it uses. */
export function fillTemplate(
  templates: Templates,
  name: string,
  values: Readonly<Record<string, string>>,
): string {
  return fillIn(templates.read(name), values, name);
}

/** A text with `{{name}}`s, such as a template's: of `values` the ones that it uses are filled in. */
export function fillIn(
  text: string,
  values: Readonly<Record<string, string>>,
  name: string,
): string {
  const used = Object.entries(values).filter(([key]) => text.includes(`{{${key}}}`));
  return renderTemplate(text, Object.fromEntries(used), name);
}

/**
 * The changes for all wanted files; several settings for one path become one change. A file that holds everything
 * already makes no change.
 * @throws SetupError `cannot-edit` naming the file and line where one cannot be edited safely
 */
export function planFiles(
  host: HostReader,
  wanted: readonly WantedSettings[],
  values: Readonly<Record<string, string>>,
  templates: Templates,
): PlannedFiles {
  const changes: WriteFile[] = [];
  const notes: string[] = [];
  for (const path of new Set(wanted.map((file) => file.path))) {
    const files = wanted.filter((file) => file.path === path);
    const planned = planFile(
      host,
      path,
      files,
      (file) => file.text ?? fillTemplate(templates, file.template, values),
    );
    notes.push(...planned.notes);
    changes.push(...planned.changes);
  }
  return { changes, notes };
}

function planFile(
  host: HostReader,
  path: string,
  files: readonly WantedSettings[],
  fill: (file: WantedSettings) => string,
): { readonly changes: readonly WriteFile[]; readonly notes: readonly string[] } {
  const there = readText(host, path);
  if (host.unread?.has(path)) return { changes: [], notes: [] };
  const copy = there === undefined ? copyOfSample(host, path, files) : undefined;
  const before = there ?? copy?.after;
  const { text: after, notes } = mergeAll(path, before, files, fill);
  if (after === before) return { changes: copy ? [copy] : [], notes };
  const [first] = files;
  const comesWith = files.find((file) => file.comesWith !== undefined)?.comesWith;
  const edit: WriteFile = {
    kind: 'write-file',
    phase: 'files',
    title: `${before === undefined ? 'create' : 'edit'} ${path}`,
    why: [...new Set(files.map((file) => file.why))].join(' '),
    path,
    before,
    after,
    secrets: SECRETS,
    ...(before === undefined && comesWith !== undefined && { comesWith }),
    ...(first?.mode !== undefined && { mode: first.mode }),
    ...(first?.owner && { owner: first.owner }),
  };
  return { changes: copy ? [copy, edit] : [edit], notes };
}

/** Where there is no file yet, the templates themselves; all else is merged into what is there. */
function mergeAll(
  path: string,
  before: string | undefined,
  files: readonly WantedSettings[],
  fill: (file: WantedSettings) => string,
): Edited {
  const whole = before === undefined ? files.filter((file) => file.text === undefined) : [];
  const notes: string[] = [];
  let text = before ?? whole.map(fill).join('\n');
  for (const file of files.filter((each) => !whole.includes(each))) {
    const { format, commentOut, takeOut, options, insists } = file;
    try {
      const edited = editorFor(format).merge(text, {
        text: fill(file),
        ...(commentOut && { commentOut }),
        ...(takeOut && { takeOut }),
        ...(options && { options }),
        ...(insists && { insists }),
      });
      text = edited.text;
      notes.push(...edited.notes.map((note) => `${path}: ${note}`));
    } catch (error) {
      throw error instanceof EditError ? cannotEdit(path, error) : error;
    }
  }
  return { text, notes };
}

/** FreeBSD's packages bring some files as samples only; the edit then starts from a copy. */
function copyOfSample(
  host: HostReader,
  path: string,
  files: readonly WantedSettings[],
): WriteFile | undefined {
  const from = files.find((file) => file.startFrom !== undefined)?.startFrom;
  const after = from === undefined ? undefined : readText(host, from);
  if (from === undefined || after === undefined) return undefined;
  return {
    kind: 'write-file',
    phase: 'files',
    title: `copy ${from} to ${path}`,
    why: 'The package brings a sample; the file itself is ours to make.',
    path,
    before: undefined,
    after,
    summary: `a copy of ${from}`,
  };
}

function cannotEdit(path: string, error: EditError): SetupError {
  const place = error.line === undefined ? path : `${path}:${error.line}`;
  return new SetupError({
    code: 'cannot-edit',
    message: `${place} cannot be edited safely: ${error.reason}`,
    hint: 'Mend it, then run this again. Nothing has been changed.',
    cause: error,
  });
}
