/**
 * Whole plans, read line by line against the documents and the facts. After a change that is meant:
 * `UPDATE_GOLDEN=1 npx vitest run --config .config/vitest.config.mts test/golden`, then read the difference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { setUp, treeOf } from './tree.ts';

const HOSTS = [
  'freebsd-10',
  'freebsd-current',
  'centos-6',
  'rhel-8',
  'rhel-9',
  'rhel-10',
  'debian-12',
  'debian-13',
];

it.each(HOSTS)('plans %s as its golden file says', async (host) => {
  const { text, errors } = await setUp(treeOf(host), 'plan');
  const path = fileURLToPath(new URL(`${host}.txt`, import.meta.url));
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
  expect(errors).toBe('');
});

/** The milters beside the documents' three, so that every one of them is in a plan somewhere. */
const MORE: readonly (readonly [host: string, name: string, milters: string])[] = [
  ['debian-13', 'debian-13-all', 'greylist,clamav,spamass,opendkim,opendmarc,spf'],
  ['freebsd-current', 'freebsd-current-more', 'opendkim,opendmarc,spf,rspamd'],
  ['freebsd-current', 'freebsd-current-dkimpy', 'dkimpy'],
  ['rhel-9', 'rhel-9-more', 'opendkim,opendmarc,spf'],
];

it.each(MORE)('plans more milters on %s as %s.txt says', async (host, name, milters) => {
  const { text, errors } = await setUp(
    treeOf(host),
    ...['plan', '--milters', milters, '--dkim-domain', 'example.com'],
  );
  const path = fileURLToPath(new URL(`${name}.txt`, import.meta.url));
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
  expect(errors).toBe('');
});
