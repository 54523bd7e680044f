/** The programs' own checkers on our templates, filled in; each is skipped, saying so, where the program is not there. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openTemplates } from '../../src/plan/package-files.ts';
import { fillTemplate } from '../../src/plan/settings.ts';
import { VALUES } from './values.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'validators-'));
afterAll(() => rmSync(directory, { recursive: true }));

function has(program: string): boolean {
  const found = spawnSync('which', [program]).status === 0;
  if (!found) console.warn(`skipped: ${program} is not installed`);
  return found;
}

const fill = (template: string): string => fillTemplate(openTemplates(), template, VALUES);

/** What the program says of a text in a file; empty where it is content. */
function complaint(argv: (path: string) => readonly string[], text: string): string {
  const path = join(directory, 'conf');
  writeFileSync(path, text, 'latin1');
  const [program = '', ...words] = argv(path);
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  return status === 0 ? '' : `exit code ${status}: ${stdout}${stderr}`;
}

const CONF = 'etc/opendkim.conf';

describe.skipIf(!has('opendkim'))('opendkim -n', () => {
  const check = (text: string) => complaint((path) => ['opendkim', '-n', '-x', path], text);
  it.each([`debian/${CONF}`, `redhat/${CONF}`, 'freebsd/usr/local/etc/mail/opendkim.conf'])(
    'is content with %s',
    (template) => {
      const key = join(directory, 'mail.private');
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      const text = `${fill(`${template}/filter`)}${fill(`${template}/signing`)}`;
      // /tmp is open to everybody, which it does not like of a key's directory.
      const here = `KeyFile ${key}\nRequireSafeKeys no`;
      expect(check(text.replace(/^KeyFile.*$/m, here))).toBe('');
    },
  );
  it('complains of what it does not know', () => {
    expect(check('Sokcet local:/run/x\n')).toContain('exit code 78');
  });
});

describe.skipIf(!has('opendmarc'))('opendmarc -n', () => {
  const check = (text: string) => complaint((path) => ['opendmarc', '-n', '-c', path], text);
  it.each(['debian/etc', 'redhat/etc', 'freebsd/usr/local/etc/mail'])(
    'is content with opendmarc.conf in %s',
    (place) => {
      expect(check(fill(`${place}/opendmarc.conf`))).toBe('');
    },
  );
  it('complains of what it does not know', () => {
    expect(check('RejectFailure true\n')).toContain('exit code 78');
  });
});

describe.skipIf(!has('rspamadm'))('rspamadm configtest', () => {
  it.each(['debian/etc/rspamd', 'freebsd/usr/local/etc/rspamd'])('is content with %s', (place) => {
    const local = join(directory, place, 'local.d');
    mkdirSync(local, { recursive: true });
    for (const name of readdirSync(join(TEMPLATES, place, 'local.d'))) {
      writeFileSync(join(local, name), fill(`${place}/local.d/${name}`));
    }
    const where = `LOCAL_CONFDIR=${join(directory, place)}`;
    const { status, stdout, stderr } = spawnSync('rspamadm', ['--var', where, 'configtest'], {
      encoding: 'utf8',
    });
    expect(`${status} ${stdout}${stderr}`).toMatch(/^0 /);
  });
});

it.skipIf(!has('perl'))("has Perl that Perl takes, for amavisd's drop-in", () => {
  const text = fill('debian/etc/amavis/conf.d/45-milter-setup');
  // amavisd declares these before it reads its files.
  const declared =
    'our (@bypass_spam_checks_maps, %bypass_spam_checks, @bypass_spam_checks_acl, $bypass_spam_checks_re,' +
    ' $sa_kill_level_deflt, $final_spam_destiny, $final_banned_destiny); sub D_REJECT { -1 }\n';
  expect(complaint((path) => ['perl', '-c', path], declared + text)).toBe('');
});
