import { describe, expect, it } from 'vitest';
import { planAccounts } from '../../src/plan/accounts.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { DEBIAN, FREEBSD, standInHost, type Files } from './stand-in-host.ts';

async function commands(files: Files, groups: readonly string[]): Promise<readonly string[]> {
  const host = standInHost(files);
  const changes = planAccounts(host, await gatherFacts(host), groups);
  return changes.flatMap((change) => change.commands.map(({ argv }) => argv.join(' ')));
}

const MANAGER = 'milter-manager:x:998:998::/var/lib/milter-manager:/usr/sbin/nologin\n';
const passwd = DEBIAN['/etc/passwd'] as string;
const group = DEBIAN['/etc/group'] as string;

describe('the accounts', () => {
  it('are made where they are missing, one command a membership', async () => {
    expect(await commands(DEBIAN, ['clamav', 'postfix', 'clamav'])).toEqual([
      'useradd --system --user-group --home-dir /var/lib/milter-manager --no-create-home --shell /usr/sbin/nologin milter-manager',
      'usermod -a -G clamav milter-manager',
      'usermod -a -G postfix milter-manager',
    ]);
  });

  it('are kept where they exist, and only the missing membership is added', async () => {
    const files = {
      ...DEBIAN,
      '/etc/passwd': passwd + MANAGER,
      '/etc/group': `${group.replace('clamav:x:101:', 'clamav:x:101:milter-manager')}milter-manager:x:998:\n`,
    };
    expect(await commands(files, ['clamav', 'postfix'])).toEqual([
      'usermod -a -G postfix milter-manager',
    ]);
  });

  it('need nothing where all is there already', async () => {
    const files = {
      ...DEBIAN,
      '/etc/passwd': passwd + MANAGER,
      '/etc/group': `${group.replace(/(postfix|clamav):x:(\d+):/g, '$1:x:$2:milter-manager')}milter-manager:x:998:\n`,
    };
    expect(await commands(files, ['clamav', 'postfix'])).toEqual([]);
  });

  it('use the group where only the user is missing: pw and useradd fail on one that exists', async () => {
    const files = { ...DEBIAN, '/etc/group': `${group}milter-manager:x:998:\n` };
    const [create] = await commands(files, []);
    expect(create).toContain('useradd --system --gid milter-manager ');
  });

  it("are the document's on FreeBSD: pw useradd puts the manager into mail by itself", async () => {
    expect(await commands(FREEBSD, ['mail'])).toEqual([
      '/usr/sbin/pw groupadd milter-manager',
      '/usr/sbin/pw useradd milter-manager -g milter-manager -G mail -m',
      '/usr/sbin/pw groupmod mail -m postfix',
    ]);
  });

  it('join mail on FreeBSD where the manager was there before', async () => {
    const files = {
      ...FREEBSD,
      '/etc/passwd': `${FREEBSD['/etc/passwd'] as string}milter-manager:*:1001:1001::/:/bin/sh\n`,
      '/etc/group': `${FREEBSD['/etc/group'] as string}milter-manager:*:1001:\n`.replace(
        'mail:*:6:',
        'mail:*:6:postfix,clamav',
      ),
    };
    expect(await commands(files, ['mail'])).toEqual([
      '/usr/sbin/pw groupmod mail -m milter-manager',
    ]);
  });

  it('are taken back by the opposite commands', async () => {
    const host = standInHost(FREEBSD);
    const changes = planAccounts(host, await gatherFacts(host), ['mail']);
    expect(changes.flatMap(({ undo }) => undo.map(({ argv }) => argv.slice(1).join(' ')))).toEqual([
      'groupdel milter-manager',
      'userdel milter-manager -r',
      'groupmod mail -d postfix',
    ]);
  });
});
