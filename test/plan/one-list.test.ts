/** Who is asked after the plan: one list, from which groups, proofs, the lists of main.cf and the notes come. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/change/change.ts';
import { buildPlan } from '../../src/plan/build-plan.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import type { Wish } from '../../src/plan/wish.ts';
import { DEFAULT_WISH } from './default-wish.ts';
import { DEBIAN, standInHost, type Files } from './stand-in-host.ts';

const INI = '/etc/milter-manager/milter-manager.ini';
const enabled = (name: string, start = `/usr/sbin/${name}`): Files => ({
  [`/usr/lib/systemd/system/${name}.service`]: `[Service]\nExecStart=${start}\n`,
  [`/etc/systemd/system/multi-user.target.wants/${name}.service`]: {
    to: `/usr/lib/systemd/system/${name}.service`,
  },
});
const asking = (milters: string, more = ''): Files => ({
  ...DEBIAN,
  '/usr/sbin/postfix': '',
  '/etc/postfix/main.cf': `compatibility_level = 3.9\nsmtpd_milters = ${milters}\n${more}`,
  '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\ncleanup unix n - y - 0 cleanup\n',
});
const opendkim = (socket: string): Files => ({
  ...enabled('opendkim'),
  '/etc/opendkim.conf': `Socket ${socket}\nDomain example.org\nKeyFile /etc/mail/own.private\n`,
});
/** proc(5): ports that somebody listens at. */
const ports = (...open: readonly number[]): Files => ({
  '/proc/net/tcp': [
    '  sl  local_address rem_address   st',
    ...open.map(
      (port, row) =>
        `   ${row}: 0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A 0`,
    ),
  ].join('\n'),
});

async function plan(
  files: Files,
  wish: Partial<Wish> = {},
  running: readonly string[] = ['postfix'],
): Promise<Plan> {
  const host = standInHost(files, running);
  const inputs = { templates: openTemplates(), nonce: 'n' };
  const whole = { ...DEFAULT_WISH, on: ['milter-greylist'], ...wish };
  return buildPlan(host, await gatherFacts(host), whole, inputs);
}

const commands = ({ changes }: Plan): string =>
  changes
    .flatMap((change) => ('commands' in change ? change.commands : []))
    .map(({ argv }) => argv.join(' '))
    .join('\n');
const fileAfter = ({ changes }: Plan, path: string): string =>
  changes.flatMap((change) =>
    change.kind === 'write-file' && change.path === path ? [change.after ?? ''] : [],
  )[0] ?? '';
const milters = (made: Plan): string =>
  /^smtpd_milters = (.*)$/m.exec(fileAfter(made, '/etc/postfix/main.cf'))?.[1] ?? '';
const proof = ({ changes }: Plan, name: string) =>
  changes.find(({ title }) => title === `prove that ${name} answers`);

const OURS = 'unix:/milter-manager/milter-manager.sock';
const OPENDKIM = 'local:/run/opendkim/opendkim.sock';

describe('a milter that is enabled, and that nobody chose', () => {
  it('is asked, so the manager gets to it, it is proved, and it is said', async () => {
    const made = await plan({ ...asking(''), ...opendkim(OPENDKIM) });
    expect(commands(made)).toContain('usermod -a -G opendkim milter-manager');
    expect(proof(made, 'opendkim')).toMatchObject({
      commands: [{ tolerated: expect.any(String) }],
    });
    expect(made.notes.join('\n')).toMatch(
      /opendkim is enabled, and was not chosen: .*milter-setup disable opendkim/,
    );
    expect(commands(made)).not.toMatch(/systemctl \S+ opendkim/);
  });

  it.each(['enabled = no', 'connection_spec = inet:8891@localhost\nenabled = no'])(
    'is not where the ini says %j, and what asks it stays',
    async (line) => {
      const made = await plan({
        ...asking('inet:localhost:8891'),
        ...opendkim('inet:8891@localhost'),
        [INI]: `[milter.opendkim]\n${line}\n`,
      });
      expect(proof(made, 'opendkim')).toBeUndefined();
      expect(milters(made)).toBe(`inet:localhost:8891, ${OURS}`);
      expect(made.notes.join('\n')).toMatch(
        /inet:localhost:8891 stays: .*milter-manager\.ini:\d+ keeps/,
      );
    },
  );

  it('is asked where the ini says, whatever its own files do', async () => {
    const made = await plan({
      ...asking(''),
      ...opendkim(OPENDKIM),
      [INI]: '[milter.opendkim]\nconnection_spec = inet:8891@localhost\n',
    });
    expect(proof(made, 'opendkim')).toMatchObject({ spec: 'inet:8891@localhost' });
  });
});

describe('a socket at which a milter listened', () => {
  it.each(['inet:localhost:8891', 'inet:[127.0.0.1]:8891', '{ inet:127.0.0.1:8891 }'])(
    'leaves main.cf where our settings move it: %s',
    async (element) => {
      const files = { ...asking(element), ...opendkim('inet:8891@localhost') };
      const made = await plan(
        { ...files, '/usr/sbin/opendkim': '', '/usr/sbin/opendkim-genkey': '' },
        { on: ['opendkim'], keep: [], dkimDomain: 'example.org' },
      );
      expect(fileAfter(made, '/etc/opendkim.conf')).toMatch(/^Socket\s+local:\/run/m);
      expect(milters(made)).toBe(OURS);
    },
  );
});

describe('an element at which the milter of that place does not listen', () => {
  const files = { ...asking('inet:localhost:8891'), ...opendkim(OPENDKIM) };

  it('leaves main.cf where nobody does: the manager asks the milter where it is', async () => {
    const made = await plan({ ...files, ...ports(25) }, {}, ['postfix', 'opendkim']);
    expect(milters(made)).toBe(OURS);
    expect(made.notes.join('\n')).toMatch(
      /main\.cf:2: inet:localhost:8891: nobody listens there; opendkim does at unix:\/run/,
    );
  });

  it.each([[ports(25, 8891)], [{}]])(
    'stays where somebody does, or nothing tells',
    async (more) => {
      const made = await plan({ ...files, ...more }, {}, ['postfix', 'opendkim']);
      expect(milters(made)).toBe(`inet:localhost:8891, ${OURS}`);
      expect(made.notes.join('\n')).toMatch(/but the one of this host is at unix:\/run/);
    },
  );
});

describe('a milter without a socket that we could find', () => {
  it.each(['inet:localhost:8891', 'unix:/run/opendkim/opendkim.sock'])(
    'stays in main.cf, and that is said: %s',
    async (element) => {
      const made = await plan({
        ...asking(element),
        ...enabled('opendkim'),
        '/etc/opendkim.conf': 'Mode sv\n',
      });
      expect(milters(made)).toBe(`${element}, ${OURS}`);
      expect(made.notes.join('\n')).toContain('Postfix asks it as before');
    },
  );
});

describe('a milter that Postfix asked', () => {
  const files = { ...asking('inet:localhost:8891'), ...opendkim('inet:8891@localhost') };

  it.each([
    ['that ran and did not listen', ports(25), ['postfix', 'opendkim'], true],
    ['that did not run', ports(25), ['postfix'], true],
    ['that answered', ports(25, 8891), ['postfix', 'opendkim'], false],
    ['of which nothing tells', {}, ['postfix', 'opendkim'], false],
  ] as const)('%s may be down afterwards, or not', async (_, more, running, mayBeDown) => {
    const made = await plan({ ...files, ...more }, {}, running);
    expect(milters(made)).toBe(OURS);
    expect(JSON.stringify(proof(made, 'opendkim')).includes('tolerated')).toBe(mayBeDown);
  });
});
