/** A FreeBSD host comes up with an empty /var/run, as where that is in memory, and starts its services by rcorder(8). */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StandInHost } from './stand-in-session.ts';

interface Script {
  readonly name: string;
  readonly provides: readonly string[];
  readonly requires: readonly string[];
  readonly before: readonly string[];
}

/** Of the base system: after the others that the ports' scripts name. */
const LOGIN: Script = { name: '', provides: ['LOGIN'], requires: ['DAEMON'], before: [] };

/** @returns the scripts that failed, with what they said */
export async function reboot(host: StandInHost): Promise<readonly string[]> {
  for (const name of readdirSync(join(host.root, 'var/run'))) {
    rmSync(join(host.root, 'var/run', name), { recursive: true });
  }
  const state = join(host.root, 'var/stand-in');
  for (const name of readdirSync(state).filter((each) => /^(?:runs|socket|access)-/.test(each))) {
    rmSync(join(state, name));
  }
  rmSync(join(state, 'processes'), { recursive: true });
  const failures: string[] = [];
  for (const { name } of inOrder(scriptsOf(host)).filter((each) => each.name !== '')) {
    const { exitCode, stdout, stderr } = await host.command('service', name, 'start');
    if (exitCode !== 0) failures.push(`${name}: ${stdout}${stderr}`);
  }
  return failures;
}

function scriptsOf(host: StandInHost): readonly Script[] {
  const directory = join(host.root, 'usr/local/etc/rc.d');
  return readdirSync(directory).map((name) => {
    const text = readFileSync(join(directory, name), 'latin1');
    const words = (keyword: string): readonly string[] =>
      [...text.matchAll(new RegExp(`^# ${keyword}: (.*)`, 'gm'))].flatMap(([, line]) =>
        line!.split(' '),
      );
    return {
      name,
      provides: words('PROVIDE'),
      requires: words('REQUIRE'),
      before: words('BEFORE'),
    };
  });
}

/** Each after what it requires, and after those that name it in BEFORE. @throws where that is a circle */
function inOrder(scripts: readonly Script[]): readonly Script[] {
  const all = [LOGIN, ...scripts];
  const ordered: Script[] = [];
  const visit = (script: Script, path: readonly Script[]): void => {
    if (ordered.includes(script)) return;
    if (path.includes(script)) throw new Error(`circle: ${path.map(({ name }) => name).join(' ')}`);
    for (const other of all) {
      const first =
        other.provides.some((each) => script.requires.includes(each)) ||
        other.before.some((each) => script.provides.includes(each));
      if (first && other !== script) visit(other, [...path, script]);
    }
    ordered.push(script);
  };
  for (const script of [...all].sort((a, b) => (a.name < b.name ? -1 : 1))) visit(script, []);
  return ordered;
}
