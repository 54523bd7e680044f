/** What a plan does with milters that it does not set up, and with a C milter-manager that runs. */
import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../src/plan/build-plan.ts';
import type { Plan, RunCommands, WriteFile } from '../../src/change/change.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import { takeOver } from '../../src/plan/take-over.ts';
import type { Wish } from '../../src/plan/wish.ts';
import { DEFAULT_WISH } from './default-wish.ts';
import { DEBIAN, standInHost, type Files } from './stand-in-host.ts';

const POSTFIX: Files = {
  ...DEBIAN,
  '/usr/sbin/postfix': '',
  '/etc/postfix/main.cf': 'compatibility_level = 3.9\n',
  '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\ncleanup unix n - y - 0 cleanup\n',
};
const enabled = (name: string, start: string): Files => ({
  [`/usr/lib/systemd/system/${name}.service`]: `[Service]\nExecStart=${start}\n`,
  [`/etc/systemd/system/multi-user.target.wants/${name}.service`]: {
    to: `/usr/lib/systemd/system/${name}.service`,
  },
});
const OPENDKIM: Files = {
  ...POSTFIX,
  ...enabled('opendkim', '/usr/sbin/opendkim -x /etc/opendkim.conf'),
  '/etc/opendkim.conf': 'Socket local:/var/spool/postfix/opendkim/own.sock\nDomain example.com\n',
  '/etc/postfix/main.cf': 'smtpd_milters = unix:opendkim/own.sock\n',
};
const C_PROGRAM: Files = {
  ...POSTFIX,
  ...enabled('milter-manager', '/usr/sbin/milter-manager'),
  '/usr/sbin/milter-manager': '\x7fELF',
  '/etc/milter-manager/milter-manager.conf': 'load_default\n',
  '/etc/postfix/main.cf': 'smtpd_milters = unix:/run/milter-manager/milter-manager.sock\n',
};

async function plan(
  files: Files,
  wish: Partial<Wish>,
  running: readonly string[] = [],
): Promise<Plan> {
  const host = standInHost(files, running);
  const inputs = { templates: openTemplates(), nonce: 'n' };
  return buildPlan(host, await gatherFacts(host), { ...DEFAULT_WISH, ...wish }, inputs);
}

const commands = ({ changes }: Plan): readonly string[] =>
  changes.flatMap((change) =>
    'commands' in change ? change.commands.map(({ argv }) => argv.join(' ')) : [],
  );
const written = ({ changes }: Plan): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    changes
      .filter((change): change is WriteFile => change.kind === 'write-file')
      .map(({ path, after }) => [path, after]),
  );

describe('a milter that Postfix asked and the wish does not name', () => {
  it('goes behind the manager as it is, and the manager may reach it', async () => {
    const made = await plan(OPENDKIM, { on: ['milter-greylist'] }, ['postfix', 'opendkim']);
    expect(commands(made)).toContain('usermod -a -G opendkim milter-manager');
    expect(commands(made).join('\n')).not.toContain('opendkim-genkey');
    const files = written(made);
    expect(files['/etc/opendkim.conf']).toBeUndefined();
    expect(files['/etc/postfix/main.cf']).toMatch(
      /^smtpd_milters = unix:\/milter-manager\/milter-manager\.sock$/m,
    );
    // Postfix's own default for a milter that is down.
    expect(files['/etc/milter-manager/milter-manager.ini']).toMatch(
      /\[milter\.opendkim\]\n;.*\nfallback_status = temporary-failure\n/,
    );
    expect(commands(made).find((each) => each.includes('opendkim/own.sock'))).toMatch(
      /--expect pass,accept,reject,temporary-failure,discard,quarantine$/,
    );
  });

  it('stays signing what it signed: local mail is not handed to it of a sudden', async () => {
    const made = await plan(OPENDKIM, { on: ['opendkim'], keep: ['opendkim'] });
    expect(written(made)['/etc/postfix/main.cf']).not.toContain('non_smtpd_milters');
  });
});

describe('a C milter-manager that runs', () => {
  const TAKE = { takeOver: true };
  const off = ({ changes }: Plan) =>
    changes.filter(
      (change): change is RunCommands =>
        change.kind === 'service' && change.service === 'milter-manager',
    );

  it('is stopped and disabled when Postfix asks ours; an undo enables and starts it first', async () => {
    const made = await plan(C_PROGRAM, TAKE, ['postfix', 'milter-manager']);
    expect(commands(made).slice(-3)).toEqual([
      'systemctl reload postfix',
      'systemctl stop milter-manager',
      'systemctl disable milter-manager',
    ]);
    expect(off(made).flatMap(({ undo }) => undo.map(({ argv }) => argv.join(' ')))).toEqual([
      'systemctl start milter-manager',
      'systemctl enable milter-manager',
    ]);
  });

  it('is stopped before ours starts where both would listen in one place', async () => {
    const redhat = {
      ...C_PROGRAM,
      '/etc/os-release': 'ID=almalinux\nVERSION_ID="9.4"\n',
      '/etc/selinux/config': 'SELINUX=enforcing\n',
      '/etc/milter-manager/milter-manager.conf':
        'manager.connection_spec = "inet:11119@127.0.0.1"\n',
    };
    const lines = commands(await plan(redhat, TAKE, ['postfix', 'milter-manager']));
    const stop = lines.indexOf('systemctl stop milter-manager');
    expect(stop).toBeGreaterThan(0);
    expect(stop).toBeLessThan(lines.indexOf('systemctl start milter-setup-manager'));
  });

  it('is left alone without consent, whatever else is wanted', async () => {
    const made = await plan(C_PROGRAM, { on: ['spamass-milter'] }, ['milter-manager']);
    expect(off(made)).toEqual([]);
  });

  it('has a child that may be down: that is said and stops nothing', async () => {
    const child = 'define_milter("own") { |m| m.connection_spec = "inet:10030@192.0.2.30" }\n';
    const files = { ...C_PROGRAM, '/etc/milter-manager/milter-manager.conf': child };
    const made = await plan(files, TAKE);
    const proof = made.changes.find(({ title }) => title === 'prove that own answers');
    expect(proof).toMatchObject({ kind: 'prove', commands: [{ tolerated: expect.any(String) }] });
  });
});

describe('our names', () => {
  const service = async (files: Files) =>
    (await gatherFacts(standInHost(files))).platform.managerService;
  const OURS = '#!/usr/bin/node\n';

  it('are the usual ones where the C program is not', async () => {
    expect(await service(POSTFIX)).toBe('milter-manager');
  });

  it('are others beside it, and stay so when it is uninstalled', async () => {
    expect(await service(C_PROGRAM)).toBe('milter-setup-manager');
    const later = { ...POSTFIX, '/usr/local/sbin/milter-setup-manager': OURS };
    expect(await service(later)).toBe('milter-setup-manager');
  });

  it('stay the usual ones where it is installed later', async () => {
    const files = { ...C_PROGRAM, '/usr/local/sbin/milter-manager': OURS };
    expect(await service(files)).toBe('milter-manager');
  });
});

describe('its settings', () => {
  const taken = async (text: string) => {
    const files = { ...C_PROGRAM, '/etc/milter-manager/milter-manager.conf': text };
    const facts = await gatherFacts(standInHost(files));
    const { settings, notes } = takeOver(facts, facts.detected);
    return {
      lines: settings.map(({ section, key, value }) => `${section}.${key}=${value}`),
      notes,
    };
  };

  it('keep patterns that mean the same to us, and name the others', async () => {
    const { lines, notes } = await taken(String.raw`
s25r.add_whitelist(/\.example\.org\z/)
s25r.add_whitelist(/\Amail\d\./i)
s25r.add_whitelist("mx.example.net")
s25r.add_blacklist(/\h{4}/)
s25r.add_blacklist(/a{1,3}/)
`);
    expect(lines).toEqual([
      String.raw`s25r.whitelist=/\.example\.org$/, /^mail\d\./i, mx.example.net`,
    ]);
    expect(notes).toHaveLength(2);
  });

  it('are the last ones where one is given twice', async () => {
    const { lines } = await taken('manager.n_workers = 2\nmanager.n_workers = 4\n');
    expect(lines).toEqual(['manager.n_workers=4']);
  });

  it('that have no place with us are named, never written', async () => {
    const { lines, notes } = await taken(
      'manager.n_workers = 500\nlog.syslog_facility = "mail; x"\ndatabase.password = "secret"\n',
    );
    expect(lines).toEqual([]);
    expect(notes.join('\n')).not.toContain('secret');
    expect(notes).toHaveLength(3);
  });
});
