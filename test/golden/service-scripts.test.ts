/** The manager's rc.d and init scripts, as they are written, run by a real shell with stand-ins for its libraries. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { setUp, treeOf } from './tree.ts';

const SHELLS = ['sh', 'dash', 'bash', 'busybox'].filter(
  (shell) => spawnSync(shell, shell === 'busybox' ? ['sh', '-c', ':'] : ['-c', ':']).status === 0,
);

function read(shell: string, file: string): void {
  const words = shell === 'busybox' ? ['sh', '-n', file] : ['-n', file];
  execFileSync(shell, words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A script of the tree, its absolute paths moved into the tree. */
function runScript(root: string, script: string, verb: string, shell: string): string {
  const moved = readFileSync(join(root, script), 'latin1').replace(
    /(^|[\s"'=(-])(\/(?:etc|usr\/local\/etc|usr\/sbin|var)\/)/gm,
    `$1${root}$2`,
  );
  const path = join(root, 'moved-script');
  writeFileSync(path, moved, 'latin1');
  const output = execFileSync(shell, [path, verb], { encoding: 'latin1' });
  return output.replaceAll(root, '');
}

describe('the rc.d script of FreeBSD', () => {
  let root: string;
  const SCRIPT = 'usr/local/etc/rc.d/milter-manager';
  const START =
    '/usr/local/sbin/milter-manager -c /usr/local/etc/milter-manager -u milter-manager -g milter-manager' +
    ' --pid-file /var/run/miltermanager.pid';

  const start = (rcConf: string): string => {
    writeFileSync(join(root, 'etc/rc.conf'), rcConf);
    return runScript(root, SCRIPT, 'start', 'sh');
  };

  beforeAll(async () => {
    root = treeOf('freebsd-10');
    await setUp(root, '--yes');
    // What rc.subr(8) promises of the three functions, and no more.
    writeFileSync(
      join(root, 'etc/rc.subr'),
      `install() { echo "install $*"; }
id() { return 1; }
checkyesno() { eval "_value=\\$$1"; case $_value in [Yy][Ee][Ss]) return 0 ;; esac; return 1; }
load_rc_config() { . ${root}/etc/rc.conf; }
run_rc_command() {
	checkyesno "$rcvar" || { echo "$name is not enabled"; return 1; }
	for _file in $required_files; do [ -r "$_file" ] || { echo "no $_file"; return 1; }; done
	\${1}_precmd 2>/dev/null || eval "\\$\${1}_precmd"
	echo "$command $command_args"
}
`,
    );
  });

  it.each(SHELLS)('is read by %s', (shell) => {
    read(shell, join(root, SCRIPT));
  });

  it('starts the manager in the background where it is enabled', () => {
    expect(start('miltermanager_enable="YES"\n')).toBe(
      `install -d -o milter-manager -g mail -m 755 /var/run/milter-manager\n${START} --daemon\n`,
    );
  });

  it('does not start it where it is not', () => {
    expect(() => start('hostname="mail.example.com"\n')).toThrow(/Command failed/);
  });

  it('runs in the foreground with a full log for miltermanager_debug="YES", as the document says', () => {
    const output = start('miltermanager_enable="YES"\nmiltermanager_debug="YES"\n');
    expect(output.endsWith(`${START} --verbose --no-daemon\n`)).toBe(true);
  });

  it("makes the directory of spamass-milter's socket where /var/run came up empty", () => {
    const spamass =
      'spamass_milter_enable="YES"\nspamass_milter_user="spamd"\n' +
      `spamass_milter_socket="${root}/var/run/empty/spamass-milter/spamass-milter.sock"\n`;
    expect(start(`miltermanager_enable="YES"\n${spamass}`)).toContain(
      'install -d -o spamd -m 755 /var/run/empty/spamass-milter\n',
    );
    mkdirSync(join(root, 'var/run/empty/spamass-milter'), { recursive: true });
    expect(start(`miltermanager_enable="YES"\n${spamass}`)).not.toContain('spamd');
  });
});

describe.skipIf(!SHELLS.includes('bash'))('the init script of CentOS 6 (with bash)', () => {
  let root: string;
  const SCRIPT = 'etc/init.d/milter-manager';
  const START =
    '/usr/sbin/milter-manager -c /etc/milter-manager -u milter-manager -g milter-manager' +
    ' --daemon --pid-file /var/run/milter-manager.pid';

  const service = (verb: string, sysconfig = ''): readonly string[] => {
    writeFileSync(join(root, 'etc/sysconfig/milter-manager'), sysconfig);
    return runScript(root, SCRIPT, verb, 'bash')
      .split('\n')
      .filter((line) => line !== '');
  };

  beforeAll(async () => {
    root = treeOf('centos-6');
    await setUp(root, '--yes');
    mkdirSync(join(root, 'var/lock/subsys'), { recursive: true });
    writeFileSync(
      join(root, 'etc/rc.d/init.d/functions'),
      `install() { echo "install $*"; }
daemon() { shift; echo; echo "daemon $*"; }
killproc() { echo; echo "killproc $*"; }
status() { echo "status $*"; return 3; }
`,
    );
  });

  it.each(SHELLS)('is read by %s', (shell) => {
    read(shell, join(root, SCRIPT));
  });

  it('starts the manager in the background', () => {
    expect(service('start')).toEqual([
      'install -d -o milter-manager -g milter-manager -m 755 /var/run/milter-manager',
      'Starting milter-manager: ',
      `daemon ${START}`,
    ]);
  });

  it("passes the document's OPTION_ARGS behind its own options, so that they win", () => {
    expect(service('start', 'OPTION_ARGS="--verbose --no-daemon"\n').at(-1)).toBe(
      `daemon ${START} --verbose --no-daemon`,
    );
  });

  it('reloads with a signal, and stops and starts for a restart', () => {
    const pidFile = '/var/run/milter-manager.pid';
    expect(service('reload').at(-1)).toBe(`killproc -p ${pidFile} milter-manager -HUP`);
    const restart = service('restart');
    expect(restart).toContain(`killproc -p ${pidFile} milter-manager`);
    expect(restart.at(-1)).toBe(`daemon ${START}`);
  });

  it('tells by its exit code whether the manager runs', () => {
    expect(() => service('status')).toThrow(/Command failed/);
  });
});
