/** The law of a plan: every way into Postfix that showed mail to a milter shows it to that milter afterwards. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../src/plan/build-plan.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import { withPlannedFiles } from '../../src/plan/planned-files.ts';
import { isAt, reaches } from '../../src/postfix/notation.ts';
import { type Instance, readPostfix } from '../../src/postfix/postfix.ts';
import { DEFAULT_WISH } from './default-wish.ts';
import { DEBIAN, standInHost, type Files } from './stand-in-host.ts';

const MANAGER = 'unix:/var/spool/postfix/milter-manager/milter-manager.sock';
const OPENDKIM = 'unix:/var/spool/postfix/opendkim/own.sock';
/** Not on this host, and nobody that the manager finds. */
const FOREIGN = 'inet:9999@192.0.2.7';
const MILTERS = { opendkim: OPENDKIM, foreign: FOREIGN };

const HOST: Files = {
  ...DEBIAN,
  '/usr/sbin/postfix': '',
  '/usr/lib/systemd/system/opendkim.service':
    '[Service]\nExecStart=/usr/sbin/opendkim -x /etc/opendkim.conf\n',
  '/etc/systemd/system/multi-user.target.wants/opendkim.service': {
    to: '/usr/lib/systemd/system/opendkim.service',
  },
  '/etc/opendkim.conf': 'Socket local:/var/spool/postfix/opendkim/own.sock\nDomain example.com\n',
};

function hostWith(main: string, master: string): ReturnType<typeof standInHost> {
  const files = { '/etc/postfix/main.cf': main, '/etc/postfix/master.cf': master };
  return standInHost({ ...HOST, ...files }, ['postfix', 'opendkim']);
}

/** `submission/inet: foreign`, for each milter that is asked there: at once, or by the manager. */
function asks({ entrances, queueDirectory }: Instance, behind: readonly string[]): string[] {
  return entrances.flatMap(({ name, asked, asker }) => {
    const place = { chrooted: asker?.chrooted ?? false, queueDirectory };
    const reached = (spec: string) => asked.some((each) => reaches(each, spec, place));
    return Object.entries(MILTERS)
      .filter(([milter, spec]) => reached(spec) || (reached(MANAGER) && behind.includes(milter)))
      .map(([milter]) => `${name}: ${milter}`);
  });
}

interface Compared {
  /** As the plan writes it. */
  readonly mainCf: string | undefined;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly then: Instance;
}

async function compare(main: string, master: string): Promise<Compared> {
  const host = hostWith(main, master);
  const facts = await gatherFacts(host);
  const on = facts.asked.map(({ name }) => name);
  const wish = { ...DEFAULT_WISH, on: on.length > 0 ? on : ['opendkim'], keep: ['opendkim'] };
  const plan = buildPlan(host, facts, wish, { templates: openTemplates(), nonce: 'n' });
  const files = plan.changes.flatMap((change) =>
    change.kind === 'write-file' ? [[change.path, change.after ?? ''] as const] : [],
  );
  const then = readPostfix(withPlannedFiles(host, new Map(files)), '/etc/postfix');
  const mainCf = new Map(files).get('/etc/postfix/main.cf');
  return { mainCf, before: asks(facts.postfix, []), after: asks(then, ['opendkim']), then };
}

const column = fc.constantFrom('y', 'n', '-');
const dkim = fc.constantFrom(
  ...['unix:opendkim/own.sock', 'unix:/opendkim/own.sock', '$signer', '${signer}'],
  ...['{ unix:opendkim/own.sock, default_action=accept }', 'local:opendkim/own.sock'],
);
const list = fc
  .tuple(fc.option(dkim), fc.option(fc.constantFrom('inet:192.0.2.7:9999', '$other')), fc.boolean())
  .map(([first, second, turned]) => {
    const words = [first, second].filter((each) => each !== null);
    return (turned ? words.reverse() : words).join(', ');
  });
const override = fc.constantFrom(
  ...[
    '',
    '-o smtpd_milters=',
    '-o smtpd_milters=$signer',
    '-o receive_override_options=no_milters',
  ],
  ...['-o smtpd_milters=inet:192.0.2.7:9999', '-o { smtpd_milters = $smtpd_milters, $other }'],
);
const hosts = fc
  .record({
    level: fc.constantFrom('0', '3.6'),
    smtpd: list,
    local: fc.oneof(list, fc.constant('$smtpd_milters'), fc.constant(undefined)),
    columns: fc.tuple(column, column, column, column),
    override,
  })
  .map(({ level, smtpd, local, columns: [smtp, submission, pickup, cleanup], override: own }) => ({
    main:
      `compatibility_level = ${level}\nsigner = unix:opendkim/own.sock\nother = inet:192.0.2.7:9999\n` +
      `smtpd_milters = ${smtpd}\n${local === undefined ? '' : `non_smtpd_milters = ${local}\n`}`,
    master:
      `smtp inet n - ${smtp} - - smtpd\nsubmission inet n - ${submission} - - smtpd ${own}\n` +
      `pickup unix n - ${pickup} 60 1 pickup\ncleanup unix n - ${cleanup} - 0 cleanup\n`,
  }));

describe('every way into Postfix', () => {
  it('shows mail to those milters afterwards to which it showed it before', async () => {
    await fc.assert(
      fc.asyncProperty(hosts, async ({ main, master }) => {
        const { before, after, mainCf } = await compare(main, master);
        const lost = before.filter((each) => !after.includes(each));
        expect([main, master, mainCf, lost]).toEqual([main, master, mainCf, []]);
      }),
      { numRuns: 40 },
    );
  });

  it('names the manager in one way, and all find it', async () => {
    await fc.assert(
      fc.asyncProperty(hosts, async ({ main, master }) => {
        const { then } = await compare(main, master);
        for (const { elements, chrooted, name } of then.askers) {
          const named = elements.filter((each) => isAt(each, MANAGER, then.queueDirectory));
          const place = { chrooted, queueDirectory: then.queueDirectory };
          expect([main, master, name, named.length <= 1]).toEqual([main, master, name, true]);
          expect(named.filter((each) => !reaches(each, MANAGER, place))).toEqual([]);
        }
      }),
      { numRuns: 20 },
    );
  });
});
