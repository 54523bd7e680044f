/** Milters that do the same work: the plan says so, and nobody gets both by mistake. */
import { describe, expect, it } from 'vitest';
import { setUp, treeOf } from '../golden/tree.ts';

const plan = (milters: string) =>
  setUp(treeOf('debian-13'), 'plan', '--milters', milters, '--dkim-domain', 'example.com');

describe('rspamd beside spamass-milter', () => {
  it('is a note of the plan, with the reason', async () => {
    const { text } = await plan('rspamd,spamass');
    const notes = text.slice(text.indexOf('\nNotes\n')).replace(/\s+/g, ' ');
    expect(notes).toContain('rspamd together with spamass-milter: both score every mail');
  });

  it('is refused where nobody can say yes, and nothing is changed', async () => {
    const root = treeOf('debian-13');
    const { code, errors, text } = await setUp(root, '--yes', '--milters', 'rspamd,spamass');
    expect(code).toBe(2);
    expect(errors).toContain('rspamd together with spamass-milter');
    expect(errors).toContain('--force');
    expect(text).not.toContain('Done');
  });

  it('is done with --force', async () => {
    const root = treeOf('debian-13');
    const argv = ['--yes', '--force', '--milters', 'rspamd,spamass'];
    expect((await setUp(root, ...argv)).errors).not.toContain('together with');
  });
});

it('finds nothing in the milters that go together', async () => {
  const { text } = await plan('greylist,clamav,spamass,opendkim,opendmarc,spf');
  expect(text).not.toContain('together with');
});

it.each([
  ['opendkim', 'dkimpy-milter'],
  ['rspamd', 'milter-greylist'],
  ['spamass-milter', 'amavisd-milter'],
])('says it of %s and %s, whichever is named first', async (one, other) => {
  expect((await plan(`${one},${other}`)).text).toContain('together with');
});
