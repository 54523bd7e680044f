/** OpenDKIM's `miltertest` plays the MTA against the manager, with the demo milters behind it. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootedHost } from './host.ts';
import {
  bootInterop,
  enabledMilters,
  install,
  InstalledManager,
  PROGRAMS,
  whyNoInterop,
  write,
} from './interop-host.ts';

const missing = whyNoInterop();
const SCRIPTS = new URL('miltertest/', import.meta.url);
/** Each listens on the port that the ini names. */
const DEMOS = { 'demo-greylister': 11126, 'demo-virus-finder': 11127, 'demo-spam-scorer': 11128 };
const INI = [
  '[manager]',
  'connection_spec = inet:11125@127.0.0.1',
  '[security]',
  'effective_user = milter-manager',
  ...Object.entries(DEMOS).flatMap(([name, port]) => [
    `[milter.${name}]`,
    `connection_spec = inet:${port}@127.0.0.1`,
  ]),
].join('\n');

describe.skipIf(missing !== undefined)(`miltertest ${missing ?? ''}`, () => {
  let host: BootedHost;
  let manager: InstalledManager;

  beforeAll(async () => {
    host = await bootInterop('iopmt', 'debian13', 83);
    await install(host, ['miltertest']);
    for (const [name, port] of Object.entries(DEMOS)) {
      const argv = ['node', `${PROGRAMS}/${name}.cjs`, '-s', `inet:${port}@127.0.0.1`];
      if (name === 'demo-greylister') argv.push('--delay', '1');
      await host.run('systemd-run', `--unit=${name}`, ...argv);
    }
    for (const script of fs.readdirSync(SCRIPTS)) {
      write(host, `/root/${script}`, fs.readFileSync(new URL(script, SCRIPTS)));
    }
    manager = await InstalledManager.start(host, INI, []);
  });
  afterAll(() => host.down());

  const run = (script: string) =>
    host.exec('sh', '-c', `cd /root && miltertest -D script=${script}.lua -s run.lua`);

  const expectSuccess = async (script: string) => {
    const { exitCode, output } = await run(script);
    expect(output.trim()).toBe('');
    expect(exitCode).toBe(0);
  };
  it.each(['recipients', 'marks', 'versions', 'leaving'])('%s.lua', expectSuccess);

  it('the same, where a child in evaluation mode sees every command', async () => {
    await manager.reload({
      more: '[milter.shadow]\nconnection_spec = inet:11128@127.0.0.1\nevaluation_mode = yes\n',
    });
    for (const script of ['recipients', 'marks', 'versions']) await expectSuccess(script);
    const shadowed = await manager.log('in evaluation mode, without effect');
    expect(shadowed.join('\n')).toContain('shadow: pass at end-of-message');
  });

  it('would tell a failure', async () => {
    write(host, '/root/failing.lua', 'dofile("dialogue.lua")\nwant("this", 1, 2)\n');
    const { exitCode, output } = await run('failing');
    expect(output).toContain('this: 1 instead of 2');
    expect(exitCode).not.toBe(0);
  });

  it('has no session left open', async () => {
    expect(enabledMilters(await manager.showConfig())).toHaveLength(4);
    const finished = await manager.log('sessions..finished');
    expect(finished.at(-1)).toMatch(/ 0$/);
  });
});
