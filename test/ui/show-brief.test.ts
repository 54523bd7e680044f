import { expect, test } from 'vitest';
import type { Change, ServiceAction } from '../../src/change/change.ts';
import { showBrief } from '../../src/ui/show-brief.ts';
import { PLAIN } from '../../src/ui/style.ts';
import { PLAN } from './plan.ts';

const SETUP = {
  manager: 'milter-manager',
  defaultAction: 'tempfail',
  isMet: () => false,
} as const;

const service = (subject: string, action: ServiceAction): Change => ({
  kind: 'service',
  phase: 'mta',
  title: `${action} ${subject}`,
  why: 'The test says so.',
  commands: [{ argv: ['service', subject, action] }],
  undo: [],
  service: subject,
  action,
});

const brief = (...changes: readonly Change[]): string =>
  showBrief({ changes, notes: [] }, SETUP, PLAIN);

test('a plan fits half a screen: packages with their size, files with their counts, services', () => {
  const packages = '9 with what they need, 12 MB to download';
  expect(showBrief(PLAN, { ...SETUP, packages }, PLAIN)).toBe(
    [
      'Notes',
      '  - smtpd_milters held inet:localhost:8891: it stays, before the manager.',
      '',
      'The plan',
      '  packages  install 2: postfix, milter-greylist (9 with what they need, 12 MB to',
      '            download)',
      '  files     edit   /etc/milter-greylist/greylist.conf  +1 -0',
      '            edit   /etc/postfix/main.cf                +1 -1',
      '  services  start clamav-milter',
      '  later     if there are no virus signatures yet, what needs that is left out;',
      '            then finish with: freshclam && systemctl start clamav-milter',
      '  mail      does not pause: Postfix is not touched',
    ].join('\n'),
  );
});

test('what a step waits for is not told where it is there', () => {
  expect(showBrief(PLAN, { ...SETUP, isMet: () => true }, PLAIN)).not.toContain('later');
});

test.each<[string, readonly Change[]]>([
  ['does not pause: Postfix is reloaded, not restarted', [service('postfix', 'reload')]],
  ['pauses for about a second: Postfix is restarted', [service('postfix', 'restart')]],
  [
    'Postfix is started: it takes mail from then on',
    [service('postfix', 'start'), service('postfix', 'reload')],
  ],
  ['does not pause: Postfix is not touched', [service('milter-manager', 'reload')]],
  [
    'does not pause: Postfix is reloaded, not restarted; while the manager restarts, mail is told to come back',
    [service('milter-manager', 'restart'), service('postfix', 'reload')],
  ],
])('says of mail: %s', (said, changes) => {
  expect(brief(...changes).replace(/\s+/g, ' ')).toContain(`mail ${said}`);
});

test('one service is told once, with all that is done to it', () => {
  const shown = brief(service('clamd', 'enable'), service('clamd', 'start'), service('x', 'stop'));
  expect(shown).toContain('services  enable and start clamd; stop x\n');
});
