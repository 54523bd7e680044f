/** What doctor finds about the milters themselves: order, signatures, rules, places. */
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host, INI, MAIN_CF, type SickHost } from './tree.ts';

const unit = (program: string) =>
  `[Service]\nExecStart=/usr/sbin/${program}\n[Install]\nWantedBy=multi-user.target\n`;

/** Installs a milter as its package has it, enabled. */
function install(sick: SickHost, name: string, conf: string, text: string): void {
  sick.write(`/usr/sbin/${name}`, '');
  sick.write(`/usr/lib/systemd/system/${name}.service`, unit(name));
  sick.write(conf, text);
  const wants = join(sick.root, 'etc/systemd/system/multi-user.target.wants');
  fs.mkdirSync(wants, { recursive: true });
  fs.symlinkSync(`/usr/lib/systemd/system/${name}.service`, join(wants, `${name}.service`));
}

const opendkim = (sick: SickHost, more = '') =>
  install(sick, 'opendkim', '/etc/opendkim.conf', `Socket inet:8891@localhost\n${more}`);
const opendmarc = (sick: SickHost, socket = 'local:/run/opendmarc/opendmarc.sock') =>
  install(sick, 'opendmarc', '/etc/opendmarc.conf', `Socket ${socket}\n`);
const dkimpy = (sick: SickHost, text: string) =>
  install(sick, 'dkimpy-milter', '/etc/dkimpy-milter/dkimpy-milter.conf', text);
const KEY = 'Domain example.com\nKeyFile /etc/dkimkeys/example.private\nSelector mail\n';

describe('order', () => {
  it('is right with the manager as it comes', async () => {
    const sick = await host();
    opendkim(sick, KEY);
    opendmarc(sick);
    expect(await sick.grade('order')).toBe('ok');
  });

  it('is wrong where the ini has opendmarc not wait', async () => {
    const sick = await host();
    opendkim(sick);
    opendmarc(sick);
    sick.append(INI, '\n[milter.opendmarc]\nafter =\n');
    const [finding] = await sick.found('order');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.title).toContain('opendmarc does not see what opendkim does');
    expect(finding?.evidence[0]).toMatch(/milter-manager\.ini:\d+: after = $/);
    expect(finding?.fix).toEqual(['milter-setup doctor --fix order']);
    await sick.repair('order');
    expect(sick.read(INI)).toContain('\n;after =\n');
    expect(await sick.grade('order')).toBe('ok');
  });

  it('is wrong where opendkim signs before spam is marked in our own mail', async () => {
    const sick = await host();
    opendkim(sick, KEY);
    sick.append(INI, '\n[milter.spamass-milter]\napplicable_conditions =\n');
    const [finding] = await sick.found('order');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.title).toContain('opendkim does not see what spamass-milter does');
    await sick.repair('order');
    expect(sick.read(INI)).toContain('[milter.opendkim]\nafter = spamass-milter');
    expect(await sick.grade('order')).toBe('ok');
  });

  it('is right where conditions are written in another case, as the manager takes them', async () => {
    const sick = await host();
    opendkim(sick, KEY);
    sick.append(
      INI,
      '\n[milter.spamass-milter]\napplicable_conditions = remote network, unauthenticated\n',
    );
    expect(await sick.grade('order')).toBe('ok');
  });

  it('is right where a signer waits for a stage that comes behind, as the manager works', async () => {
    const sick = await host();
    opendkim(sick, KEY);
    sick.append(INI, '\n[milter.spamass-milter]\napplicable_conditions =\nafter =\n');
    sick.append(INI, '\n[milter.opendkim]\nafter = clamav-milter\n');
    expect(await sick.grade('order')).toBe('ok');
    sick.edit(INI, 'after = clamav-milter\n', 'after =\n');
    expect(await sick.grade('order')).toBe('warning');
  });

  it('is wrong where Postfix asks a signer before the manager', async () => {
    const sick = await host();
    opendkim(sick, KEY);
    opendmarc(sick, 'inet:8893@localhost');
    sick.edit(
      MAIN_CF,
      /^smtpd_milters = .*$/m,
      'smtpd_milters = inet:localhost:8893, inet:localhost:8891',
    );
    const findings = await sick.found('order');
    expect(findings.map(({ title }) => title)).toEqual([
      expect.stringContaining('Postfix asks opendmarc before opendkim') as string,
    ]);
    expect(findings[0]?.fix[0]).toBe(
      "postconf -e 'smtpd_milters = inet:localhost:8891, inet:localhost:8893'",
    );
    await sick.repair('order');
    expect(await sick.grade('order')).toBe('ok');
  });
});

describe('double signing', () => {
  it('of one domain', async () => {
    const sick = await host();
    opendkim(sick, KEY);
    dkimpy(sick, `Socket local:/run/dkimpy-milter/d.sock\n${KEY}`);
    const [finding] = await sick.found('double-signing');
    expect(finding).toMatchObject({
      grade: 'warning',
      title: 'opendkim and dkimpy-milter both sign mail of example.com',
      fix: ['milter-setup disable dkimpy-milter'],
    });
    expect(finding?.evidence[0]).toBe('/etc/opendkim.conf:2: opendkim signs example.com');
    sick.edit('/etc/dkimpy-milter/dkimpy-milter.conf', 'Domain example.com', 'Domain example.org');
    expect(await sick.grade('double-signing')).toBe('ok');
  });

  it('is none where one of them only verifies', async () => {
    const sick = await host();
    opendkim(sick, `${KEY}Mode v\n`);
    dkimpy(sick, `Socket local:/run/dkimpy-milter/d.sock\n${KEY}`);
    expect(await sick.grade('double-signing')).toBe('ok');
  });
});

it('mail of cron that a signer never sees is a warning', async () => {
  const sick = await host();
  opendkim(sick, KEY);
  const [finding] = await sick.found('local-mail');
  expect(finding).toMatchObject({ grade: 'warning' });
  expect(finding?.title).toContain('not signed by opendkim');
});

describe('ports', () => {
  it('that two milters want, as the packages of opendmarc and pyspf-milter do', async () => {
    const sick = await host();
    opendmarc(sick, 'inet:8893@localhost');
    install(
      sick,
      'pyspf-milter',
      '/etc/pyspf-milter/pyspf-milter.conf',
      'Socket = inet:8893@localhost\n',
    );
    const [finding] = await sick.found('port-clash');
    expect(finding).toMatchObject({ grade: 'error' });
    expect(finding?.title).toContain('pyspf-milter and opendmarc');
    expect(finding?.evidence.join('\n')).toContain('/etc/opendmarc.conf:1');
    sick.edit('/etc/opendmarc.conf', 'inet:8893@localhost', 'local:/run/opendmarc/opendmarc.sock');
    expect(await sick.grade('port-clash')).toBe('ok');
  });

  it('where one was led astray, that one is led back', async () => {
    const sick = await host();
    sick.append('/etc/default/spamass-milter', 'SOCKET=/run/clamav/clamav-milter.ctl\n');
    const [finding] = await sick.found('port-clash');
    expect(finding?.title).toContain('clamav-milter and spamass-milter');
    await sick.repair('port-clash');
    expect(await sick.grade('port-clash')).toBe('ok');
  });
});

describe('virus signatures', () => {
  const put = (sick: SickHost, days: number) => {
    const path = join(sick.root, 'var/lib/clamav/daily.cld');
    fs.mkdirSync(join(sick.root, 'var/lib/clamav'), { recursive: true });
    fs.writeFileSync(path, '');
    const time = Date.now() / 1000 - days * 86_400;
    fs.utimesSync(path, time, time);
  };
  const without = async () => {
    const sick = await host();
    sick.remove('/var/lib/clamav');
    return sick;
  };

  it('that are not there', async () => {
    const sick = await without();
    const [finding] = await sick.found('virus-signatures');
    expect(finding).toMatchObject({ grade: 'error' });
    expect(finding?.evidence[0]).toContain('/var/lib/clamav');
    expect(finding?.fix).toContain('freshclam');
    expect(finding?.fix.at(-1)).toBe('milter-setup enable clamav-milter');
    put(sick, 1);
    expect(await sick.grade('virus-signatures')).toBe('ok');
  });

  it('that are old', async () => {
    const sick = await without();
    put(sick, 9);
    const [finding] = await sick.found('virus-signatures');
    expect(finding).toMatchObject({
      grade: 'warning',
      title: 'the virus signatures are 9 days old',
    });
  });

  it('where clamd.conf has them', async () => {
    const sick = await without();
    sick.write('/etc/clamav/clamd.conf', 'DatabaseDirectory /srv/signatures\n');
    expect(await sick.grade('virus-signatures')).toBe('error');
    sick.write('/srv/signatures/daily.cvd', '');
    expect(await sick.grade('virus-signatures')).toBe('ok');
  });
});

describe('the default of greylist.conf', () => {
  const CONF = '/etc/milter-greylist/greylist.conf';

  it('is dead behind another default', async () => {
    const sick = await host();
    sick.edit(CONF, 'racl greylist default', 'racl whitelist default\nracl greylist default');
    const [finding] = await sick.found('greylist-default');
    expect(finding).toMatchObject({ grade: 'warning' });
    const line = sick.read(CONF).split('\n').indexOf('racl whitelist default') + 1;
    expect(finding?.evidence[0]).toBe(`${CONF}:${line}: racl whitelist default`);
    await sick.repair('greylist-default');
    expect(await sick.grade('greylist-default')).toBe('ok');
  });

  it('hides every rule behind it', async () => {
    const sick = await host();
    sick.append(CONF, 'racl blacklist from /spammer/\n');
    const [finding] = await sick.found('greylist-default');
    expect(finding?.title).toContain('1 of the rules of greylist.conf');
  });

  it('lets everybody through where it is the one of the package', async () => {
    const sick = await host();
    sick.edit(CONF, 'racl greylist default', 'racl whitelist default');
    expect((await sick.found('greylist-default'))[0]?.title).toContain('greylist nobody');
  });
});

describe('milters that the manager does not ask', () => {
  it('by a line of its ini', async () => {
    const sick = await host();
    sick.append(INI, '\n[milter.clamav-milter]\nenabled = no\n');
    const [finding] = await sick.found('unlisted-milters');
    expect(finding).toMatchObject({
      grade: 'warning',
      title: 'clamav-milter is enabled, and the manager does not ask it',
    });
    expect(finding?.evidence[1]).toMatch(/milter-manager\.ini:\d+: enabled = no/);
    await sick.repair('unlisted-milters');
    expect(await sick.grade('unlisted-milters')).toBe('ok');
  });

  it('because it does not look for any', async () => {
    const sick = await host();
    sick.edit(INI, '[manager]\n', '[manager]\ndetect = no\n');
    const findings = await sick.found('unlisted-milters');
    expect(findings.map(({ title }) => title.split(' ')[0])).toEqual([
      ...['milter-greylist', 'clamav-milter', 'spamass-milter'],
    ]);
    await sick.repair('unlisted-milters');
    expect(await sick.grade('unlisted-milters')).toBe('ok');
  });

  it('because they name no socket', async () => {
    const sick = await host();
    install(sick, 'opendkim', '/etc/opendkim.conf', 'Syslog yes\n');
    const [finding] = await sick.found('unlisted-milters');
    expect(finding).toMatchObject({ grade: 'error', fix: ['milter-setup add opendkim'] });
  });

  it('says which is on trial', async () => {
    const sick = await host();
    sick.append(INI, '\n[milter.spamass-milter]\nevaluation_mode = yes\n');
    expect((await sick.found('unlisted-milters'))[0]).toMatchObject({ grade: 'info' });
  });
});
