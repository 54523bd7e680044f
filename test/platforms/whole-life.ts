/** What holds for every platform's life with the wizard: done once, switched, taken back to the last byte. */
import { expect } from 'vitest';
import { differences, type Look } from '../trust/whole-tree.ts';
import type { StandInHost } from './stand-in-session.ts';
import { owns } from './trees.ts';

/** What went wrong, of an output that begins with the whole plan. */
export function complaint(text: string): string {
  const from = text.search(/^x /m);
  return from < 0 ? text.slice(-1000) : text.slice(from);
}

/** Sets up, proves it, and finds nothing to do the second time. @returns what was said and run */
export async function setUpOnce(
  host: StandInHost,
  ...options: readonly string[]
): Promise<{ readonly text: string; readonly ran: readonly string[] }> {
  const done = await host.type('--yes', ...options);
  expect(done.code, complaint(done.text)).toBe(0);
  expect(done.text).toContain('status: pass');
  const ran = host.ran();
  const written = host.look();
  const again = await host.type('--yes', ...options);
  expect(again.code, complaint(again.text)).toBe(0);
  if (owns) expect(again.text).toContain('nothing to do');
  expect(differences(written, host.look())).toEqual([]);
  host.ran();
  return { text: done.text, ran };
}

/** Takes back every run. */
export async function undoAll(host: StandInHost, ...options: readonly string[]): Promise<void> {
  const { text } = await host.type('undo', '--list');
  const ids = [...text.matchAll(/^\s*(\d{8}T\S+)/gm)].map(([, id]) => id!);
  const undone = await host.type('undo', '--to', ids.at(-1)!, '--yes', ...options);
  expect(undone.code, complaint(undone.text)).toBe(0);
}

/** The host's repositories have no milter-greylist, and its package manager says so without a network. */
export async function expectGreylistNotOffered(host: StandInHost): Promise<void> {
  const { code, text } = await host.type('--dry-run', '--yes');
  expect(code).toBe(3);
  expect(text).not.toContain('start milter-greylist');
  expect(text).toContain('milter-greylist is not offered: no package repository of this host has');
  const added = await host.type('add', 'greylist', '--yes');
  expect(added.code).toBe(2);
  expect(added.text).toContain('no package repository of this host has milter-greylist');
}

/** Another host, on which only the commands of `ran` run that install packages. */
export async function expectPackagesOnly(
  host: StandInHost,
  other: StandInHost,
  ran: readonly string[],
): Promise<void> {
  for (const line of ran.filter((each) => /^(?:(?:pkg|yum|dnf) install (?!-n )|crb )/.test(each))) {
    expect((await other.command(...line.trim().split(' '))).exitCode, line).toBe(0);
  }
  expect(changed(timeless(other.look()), timeless(host.look()))).toEqual([]);
}

/** All is as before but for the accounts that packages made, which package managers keep. */
export function expectUntouched(before: Look, after: Look): void {
  const accounts = ['etc/passwd', 'etc/group'];
  // The port's script makes it, and leaves it.
  const left = [...accounts, 'var/run/milteropendkim'];
  expect(changed(before, after).filter((path) => !left.includes(path))).toEqual([]);
  for (const path of accounts) expect(after[path]!.text).not.toContain('milter-manager');
}

function changed(before: Look, after: Look): readonly string[] {
  return differences(before, after).map(({ path }) => path);
}

function timeless(entries: Look): Look {
  return Object.fromEntries(
    Object.entries(entries).map(([path, entry]) => [path, { ...entry, time: 0 }]),
  );
}
