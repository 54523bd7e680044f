/** The re-statement of rc.subr(8) itself: what a verb does and exits with, in each state of a service, as the table has it. */
import { describe, expect, it } from 'vitest';
import { haveWholeTables, wholeTable } from './package-facts.ts';
import type { StandInHost } from './stand-in-session.ts';
import { freebsd } from './trees.ts';

type State = 'off' | 'off, runs' | 'on' | 'on, runs';

/** The beginning of the table's row that says so; `runs` is whether it does afterwards. */
const ROWS: readonly (readonly [State, verb: string, exit: number, runs: boolean, row: string])[] =
  [
    ['off', 'start', 0, false, 'disabled, start: 0'],
    ['off', 'restart', 0, false, 'disabled, restart: 0'],
    ['off', 'reload', 0, false, 'disabled, reload: 0'],
    ['off', 'status', 0, false, 'disabled, status: 0'],
    ['off, runs', 'status', 0, true, 'disabled, status: 0'],
    ['off, runs', 'stop', 0, false, 'disabled, stop, runs: stops it, 0'],
    ['off', 'stop', 0, false, 'disabled, stop, does not run: 0'],
    ['off', 'onestatus', 1, false, 'disabled, onestatus: 0 where it runs, 1 where not'],
    ['off, runs', 'onestatus', 0, true, 'disabled, onestatus: 0 where it runs, 1 where not'],
    ['off', 'onestart', 0, true, 'disabled, onestart: starts it'],
    ['off, runs', 'onestart', 1, true, 'disabled, onestart: starts it; 1 where it runs already'],
    ['off', 'onestop', 1, false, 'disabled, onestop: 1 where it does not run'],
    ['off', 'quietstart', 0, false, 'a verb with quiet or fast before it, disabled: 0'],
    ['on', 'start', 0, true, 'enabled, start: 0'],
    ['on, runs', 'start', 1, true, 'enabled, start: 0, and 1 where it runs already'],
    ['on', 'status', 1, false, 'enabled, status: 0 where it runs, 1 where not'],
    ['on, runs', 'status', 0, true, 'enabled, status: 0 where it runs, 1 where not'],
    ['on, runs', 'stop', 0, false, 'enabled, stop: 0, and 1 where it does not run'],
    ['on', 'stop', 1, false, 'enabled, stop: 0, and 1 where it does not run'],
    ['on, runs', 'reload', 0, true, 'enabled, reload: 0, and 1 where it does not run'],
    ['on', 'reload', 1, false, 'enabled, reload: 0, and 1 where it does not run'],
    ['on', 'restart', 0, true, 'enabled, restart: exit code of the start'],
    ['on, runs', 'restart', 0, true, 'enabled, restart: exit code of the start'],
    ['on', 'no-such-verb', 1, false, 'unknown verb: 1'],
  ];

const SCRIPT = `#!/bin/sh
. /etc/rc.subr
name=probe
rcvar=probe_enable
command=/usr/local/sbin/probe
pidfile=/var/run/probe.pid
command_args="-P /var/run/probe.pid"
extra_commands=reload
load_rc_config $name
required_dirs=$probe_dirs
start_precmd='echo precmd'
run_rc_command "$1"
`;

function probe(state: State, more = ''): StandInHost {
  const host = freebsd('14.2');
  host.program('usr/local/etc/rc.d/probe', SCRIPT);
  host.program('usr/local/sbin/probe', '#!/bin/sh\n');
  host.write('etc/rc.conf', `probe_enable="${state.startsWith('on') ? 'YES' : 'NO'}"\n${more}`);
  return host;
}

const inState = async (state: State): Promise<StandInHost> => {
  const host = probe(state);
  if (state.endsWith('runs')) await host.command('service', 'probe', 'onestart');
  return host;
};

describe.each(ROWS)('a service that is %s: %s', (state, verb, exit, runs, row) => {
  it(`exits with ${exit}`, async () => {
    const host = await inState(state);
    const { exitCode, stdout } = await host.command('service', 'probe', verb);
    expect([exitCode, host.runs('probe')], stdout).toEqual([exit, runs]);
  });

  it.runIf(haveWholeTables)('as the table of packages says', () => {
    const said = wholeTable('freebsd').filter(({ kind }) => kind === 'exit-code');
    expect(said.map(({ value }) => value)).toContainEqual(
      expect.stringMatching(new RegExp(`^${row}`)),
    );
  });
});

describe('the start of a service', () => {
  it.each([
    ['probe_dirs=/no/such', /is not a directory/],
    ['probe_user=nobody-there', /unknown login/],
    ['probe_program=/usr/local/sbin/no-such', /cannot run/],
  ])('fails with %s', async (setting, says) => {
    const { exitCode, stdout, stderr } = await probe('on', `${setting}\n`).command(
      ...['service', 'probe', 'start'],
    );
    expect([exitCode, stdout + stderr]).toEqual([1, expect.stringMatching(says)]);
  });

  it('looks for what it requires before the script makes it', async () => {
    const host = probe('on', 'probe_dirs=/var/run/probe\n');
    const { stdout } = await host.command('service', 'probe', 'start');
    expect(stdout).not.toContain('precmd');
  });

  it('reads the file of the name= of the script last', async () => {
    const host = probe('off');
    host.write('etc/rc.conf.local', 'probe_enable=YES\n');
    expect((await host.command('service', 'probe', 'start')).stdout).toContain('Starting probe');
  });
});

it('takes no other process for its own', async () => {
  const host = await inState('on, runs');
  const script = SCRIPT.replace('command=', 'procname=/usr/bin/another\ncommand=');
  host.program('usr/local/etc/rc.d/probe', script);
  const { exitCode, stdout } = await host.command('service', 'probe', 'stop');
  expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^probe not running\?/)]);
});
