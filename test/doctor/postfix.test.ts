/** What doctor finds in main.cf and master.cf, and that it finds nothing once that is repaired. */
import { describe, expect, it } from 'vitest';
import { host, INI, MAIN_CF, MASTER_CF } from './tree.ts';

const SUBMISSION =
  'submission inet n - y - - smtpd\n  -o syslog_name=postfix/submission\n  -o smtpd_milters=\n';
/** As Debian's Postfix calls the manager. */
const OURS = 'unix:/milter-manager/milter-manager.sock';

describe('smtpd_milters', () => {
  it('that do not name the manager', async () => {
    const sick = await host();
    sick.edit(MAIN_CF, /^smtpd_milters = .*$/m, 'smtpd_milters = inet:10.0.0.1:8899');
    const [finding] = await sick.found('postfix-asks');
    expect(finding).toMatchObject({ grade: 'error' });
    expect(finding?.title).toContain('mail is not filtered');
    expect(finding?.evidence.join()).toMatch(/main\.cf:\d+: smtpd_milters = inet:10\.0\.0\.1:8899/);
    expect(finding?.fix[0]).toBe(`postconf -e 'smtpd_milters = ${OURS}, inet:10.0.0.1:8899'`);
    await sick.repair('postfix-asks');
    expect(await sick.grade('postfix-asks')).toBe('ok');
  });

  it('by way of a name, over several lines', async () => {
    const sick = await host();
    sick.edit(
      MAIN_CF,
      /^smtpd_milters = .*$/m,
      `all_milters =\n  ${OURS}\nsmtpd_milters = $all_milters`,
    );
    expect(await sick.grade('postfix-asks')).toBe('ok');
  });

  it('in master.cf alone', async () => {
    const sick = await host();
    sick.edit(MAIN_CF, /^smtpd_milters = .*\n/m, '');
    sick.edit(MASTER_CF, /^(smtp .*smtpd)$/m, `$1\n  -o smtpd_milters=${OURS}`);
    expect(await sick.grade('postfix-asks')).toBe('ok');
  });

  it("in libmilter's notation, which Postfix defers mail for", async () => {
    const sick = await host();
    sick.edit(MAIN_CF, OURS, `${OURS}, inet:8891@localhost`);
    const [finding] = await sick.found('milter-notation');
    expect(finding).toMatchObject({ grade: 'error' });
    expect(finding?.fix[0]).toBe(`postconf -e 'smtpd_milters = ${OURS}, inet:localhost:8891'`);
    sick.edit(MAIN_CF, 'inet:8891@localhost', '{ inet:localhost:8891, default_action=accept }');
    expect(await sick.grade('milter-notation')).toBe('ok');
  });

  it('with a milter that the manager asks, too', async () => {
    const sick = await host();
    const greylist = 'unix:/var/run/milter-greylist/milter-greylist.sock';
    sick.edit(MAIN_CF, OURS, `${OURS}, ${greylist}`);
    const [finding] = await sick.found('asked-twice');
    expect(finding).toMatchObject({
      grade: 'error',
      title: 'milter-greylist is asked twice: by the manager and by Postfix itself',
    });
    expect(finding?.evidence[0]).toMatch(
      /^\/etc\/postfix\/main\.cf:\d+: smtpd_milters names unix:/,
    );
    expect(finding?.fix).toEqual([
      `postconf -e 'smtpd_milters = ${OURS}'`,
      'systemctl reload postfix',
    ]);
    sick.edit(MAIN_CF, `, ${greylist}`, '');
    expect(await sick.grade('asked-twice')).toBe('ok');
  });
});

describe('the chroot', () => {
  it('hides a socket outside of it', async () => {
    const sick = await host();
    sick.edit(INI, /^connection_spec = .*$/m, 'connection_spec = unix:/run/milter-manager/m.sock');
    sick.edit(MAIN_CF, OURS, 'unix:/run/milter-manager/m.sock');
    const findings = await sick.found('chroot');
    expect(findings[0]).toMatchObject({ grade: 'error' });
    expect(findings[0]?.title).toContain("cannot see the manager's socket");
    expect(findings[0]?.evidence.join('\n')).toMatch(/milter-manager\.ini:\d+: connection_spec/);
    expect(findings[0]?.evidence.join('\n')).toContain('smtp/inet is chrooted');
    sick.edit(MASTER_CF, /^(smtp +inet +n +- +)y/m, '$1n');
    expect(await sick.grade('chroot')).toBe('ok');
  });

  it('makes the same words mean another place for a service without it', async () => {
    const sick = await host();
    sick.append(MASTER_CF, 'smtps inet n - n - - smtpd\n');
    const [finding] = await sick.found('chroot');
    expect(finding).toMatchObject({ grade: 'error' });
    expect(finding?.title).toContain('smtps/inet');
    expect(finding?.evidence.join('\n')).toContain(
      'not chrooted, so it looks at /milter-manager/milter-manager.sock',
    );
    // Below the queue directory, where all of them work.
    const right = 'unix:milter-manager/milter-manager.sock';
    expect(finding?.fix[0]).toBe(`postconf -e 'smtpd_milters = ${right}'`);
    sick.edit(MAIN_CF, OURS, right);
    expect(await sick.grade('chroot')).toBe('ok');
  });
});

describe('master.cf', () => {
  it('takes the submission service away from the manager', async () => {
    const sick = await host();
    sick.append(MASTER_CF, SUBMISSION);
    const [finding] = await sick.found('master-cf-overrides');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.evidence).toEqual(['/etc/postfix/master.cf:5: -o smtpd_milters=']);
    expect(finding?.fix[0]).toBe('postconf -PX submission/inet/smtpd_milters');
    sick.edit(MASTER_CF, '  -o smtpd_milters=\n', '');
    expect(await sick.grade('master-cf-overrides')).toBe('ok');
  });

  it('may name the manager for a service itself', async () => {
    const sick = await host();
    sick.append(MASTER_CF, SUBMISSION.replace('smtpd_milters=', `smtpd_milters=${OURS}`));
    expect(await sick.grade('master-cf-overrides')).toBe('ok');
  });

  it('rightly filters no mail again that a content filter gives back', async () => {
    const sick = await host();
    sick.append(MASTER_CF, '127.0.0.1:10025 inet n - n - - smtpd -o smtpd_milters=\n');
    expect(await sick.grade('master-cf-overrides')).toBe('info');
  });
});

describe('local mail', () => {
  it('is not filtered without non_smtpd_milters', async () => {
    const sick = await host();
    expect(await sick.grade('local-mail')).toBe('info');
    sick.append(MAIN_CF, 'non_smtpd_milters = $smtpd_milters\n');
    expect(await sick.grade('local-mail')).toBe('ok');
  });
});

describe('the milter protocol', () => {
  it('of an old version', async () => {
    const sick = await host();
    sick.edit(MAIN_CF, 'milter_protocol = 6', 'milter_protocol = 2');
    const [finding] = await sick.found('milter-protocol');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.fix[0]).toBe('postconf -X milter_protocol');
    sick.edit(MAIN_CF, 'milter_protocol = 2\n', '');
    expect(await sick.grade('milter-protocol')).toBe('ok');
  });

  it.each([
    ['bogus', 'error'],
    ['reject', 'warning'],
    ['tempfail', 'ok'],
  ])('with milter_default_action = %s: %s', async (action, grade) => {
    const sick = await host();
    sick.edit(MAIN_CF, 'milter_default_action = accept', `milter_default_action = ${action}`);
    expect(await sick.grade('milter-protocol')).toBe(grade);
  });

  it("without Postfix's own macros, as the install documents have it", async () => {
    const sick = await host();
    sick.edit(
      MAIN_CF,
      /^milter_mail_macros = .*$/m,
      'milter_mail_macros = {auth_author} {auth_type} {auth_authen} {mine}',
    );
    const [finding] = await sick.found('milter-macros');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.title).toContain('i, mail_addr, mail_host, mail_mailer');
    expect(finding?.fix[0]).toContain('{mail_mailer} {mine}');
    sick.edit(MAIN_CF, /^milter_mail_macros = .*$/m, '');
    expect(await sick.grade('milter-macros')).toBe('ok');
  });
});

describe('its patience', () => {
  it('is shorter than the manager needs', async () => {
    const sick = await host();
    sick.append(MAIN_CF, 'milter_content_timeout = 60s\n');
    const [finding] = await sick.found('timeouts');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.title).toContain('290 s');
    expect(finding?.fix[0]).toBe('postconf -X milter_content_timeout');
    await sick.repair('timeouts');
    expect(await sick.grade('timeouts')).toBe('ok');
  });

  it('is shorter than a time of the manager, which somebody set', async () => {
    const sick = await host();
    sick.append(INI, '\n[milter.clamav-milter]\nreading_timeout = 120\n');
    const [finding] = await sick.found('timeouts');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.title).toContain('clamav-milter may take 120 s');
    await sick.repair('timeouts');
    expect(await sick.grade('timeouts')).toBe('ok');
  });

  it('is shorter than the manager waits for a connection', async () => {
    const sick = await host();
    sick.append(INI, '\n[milter.clamav-milter]\nconnection_timeout = 60\n');
    const [finding] = await sick.found('timeouts');
    expect(finding).toMatchObject({ grade: 'warning' });
    expect(finding?.evidence.join()).toContain('milter_connect_timeout is 30 s by default');
    await sick.repair('timeouts');
    expect(sick.read(INI)).toContain('\nconnection_timeout = 27\n');
    expect(await sick.grade('timeouts')).toBe('ok');
  });

  it('is shorter than a tarpit of milter-greylist', async () => {
    const sick = await host();
    sick.edit(
      '/etc/milter-greylist/greylist.conf',
      'racl greylist default',
      'racl blacklist from /spam/ tarpit 1m\nracl greylist default',
    );
    const [finding] = await sick.found('timeouts');
    expect(finding?.title).toContain('milter-greylist may take 87 s');
    expect(finding?.fix[0]).toBe("postconf -e 'milter_command_timeout = 90s'");
    await sick.repair('timeouts');
    expect(await sick.grade('timeouts')).toBe('ok');
  });
});
