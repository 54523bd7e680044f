/** Notes of a plan about filters beside the manager: SMTPD_PROXY_README, FILTER_README, MILTER_README (Limitations). */
import { expect, it } from 'vitest';
import { unfilteredNotes } from '../../src/plan/unfiltered.ts';
import { readPostfix } from '../../src/postfix/postfix.ts';
import { standInHost } from './stand-in-host.ts';

const SPEC = 'unix:/var/spool/postfix/milter-manager/milter-manager.sock';
const BASE = 'smtpd_milters = unix:/milter-manager/milter-manager.sock\n';

function notes(main: string, master: readonly string[], behind = ['spamass-milter']): string[] {
  const host = standInHost({
    '/etc/postfix/main.cf': BASE + main,
    '/etc/postfix/master.cf': master.map((line) => `${line}\n`).join(''),
  });
  return [...unfilteredNotes(readPostfix(host, '/etc/postfix'), SPEC, behind)];
}

const PROXIED = 'smtp inet n - y - - smtpd -o smtpd_proxy_filter=127.0.0.1:10024';
const BACK = '127.0.0.1:10025 inet n - y - - smtpd';

it('says that milters see no content before a filter before the queue, and where they see it', () => {
  expect(notes('', [PROXIED, BACK])).toEqual([
    '/etc/postfix/master.cf:1: smtpd_proxy_filter = 127.0.0.1:10024: the content of mail that comes by smtp/inet is not ' +
      'shown to milters there; only 127.0.0.1:10025/inet, where 127.0.0.1:10024 gives it back, shows it to the manager, ' +
      'and as mail of this host. It was left alone.',
  ]);
});

it('says that they see it nowhere', () => {
  const silent = `${BACK} -o receive_override_options=no_milters`;
  expect(notes('', [PROXIED, silent]).join('\n')).toContain(
    'and no way back from 127.0.0.1:10024 shows it to the manager: no milter sees it.',
  );
  const unasked = PROXIED.replace('-o ', '-o smtpd_milters= -o ');
  expect(notes('', [unasked, silent]).join('\n')).not.toContain('no milter sees it');
});

const PIPE = 'flags=R user=debian-spamd argv=/usr/bin/spamc -e /usr/sbin/sendmail -oi -f ${sender}';
const SCORED =
  /^(\S+): content_filter = (\S+): mail goes through that filter and through spamass-milter/;

it.each([
  ['spamassassin', 'spamassassin unix - n n - - pipe'],
  ['check:dummy', 'check unix - n n - - pipe'],
  ['smtp-amavis:[127.0.0.1]:10024', 'smtp-amavis unix - - n - 2 smtp'],
])('says that %s scores what a milter has scored', (filter, transport) => {
  const smtp = `smtp inet n - y - - smtpd -o content_filter=${filter}`;
  const service = transport.endsWith('pipe') ? `${transport}\n  ${PIPE}` : transport;
  const found = notes('', [smtp, service]);
  expect(found).toHaveLength(1);
  expect(SCORED.exec(found[0]!)?.slice(1)).toEqual(['/etc/postfix/master.cf:1', filter]);
  expect(notes('', [smtp, service], ['opendkim'])).toEqual([]);
});

it('says it once of a filter of main.cf, and not of another filter', () => {
  const two = ['smtp inet n - y - - smtpd', '587 inet n - y - - smtpd'];
  const scored = 'content_filter = spamassassin\n';
  expect(notes(scored, two).filter((each) => SCORED.test(each))).toHaveLength(1);
  expect(notes('content_filter = archive:\n', two)).toEqual([]);
});
