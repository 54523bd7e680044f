/** clamd's signatures: without any it does not start, and old ones know no new virus. */
import { type HostReader, readText } from '../host/host.ts';
import { readSetting } from '../edit/editors.ts';
import type { Scanner } from '../milters/milter.ts';
import type { MilterFacts } from '../plan/facts.ts';
import type { DoctorFacts } from './facts.ts';
import { type Check, isEnabled, type Remedy, run } from './finding.ts';

/** freshclam looks several times a day, and there is something new nearly every day. */
const DAYS = 7;
const DAY = 86_400_000;

export const signatures: Check = {
  id: 'virus-signatures',
  title: 'clamd has fresh virus signatures',
  applies: (facts) => isEnabled(scanning(facts)),
  look(host, facts) {
    const directory = directoryOf(host, facts);
    const { milter, scanner } = scanning(facts);
    const files = host.list(directory).filter((name) => scanner.database.test(name));
    const times = files.map((name) => host.stat(`${directory}/${name}`)?.mtimeMs ?? 0);
    if (files.length === 0 && !host.unread?.has(directory)) {
      return [
        {
          grade: 'error',
          title: `${scanner.daemon} has no virus signatures: it does not start, and no mail is scanned`,
          evidence: [`${directory}: no *.cvd, *.cld or other database`],
          fix: [...download(facts), run('milter-setup', 'enable', milter.name)],
        },
      ];
    }
    if (files.length === 0) return [];
    const age = Math.floor((facts.now - Math.max(...times)) / DAY);
    if (age < DAYS) return [];
    const newest = new Date(Math.max(...times)).toISOString().slice(0, 10);
    return [
      {
        grade: 'warning',
        title: `the virus signatures are ${age} days old`,
        evidence: [`${directory}: the newest file is of ${newest}`],
        fix: download(facts),
      },
    ];
  },
};

function scanning({ milters }: DoctorFacts): MilterFacts & { readonly scanner: Scanner } {
  return milters.flatMap((each) => {
    const { scanner } = each.milter;
    return scanner ? [{ ...each, scanner }] : [];
  })[0]!;
}

function directoryOf(host: HostReader, facts: DoctorFacts): string {
  const { setup, scanner } = scanning(facts);
  const told = scanner.configurations
    .map((path) => readText(host, path))
    .filter((text) => text !== undefined)
    .map((text) => readSetting('clamav', text, 'DatabaseDirectory'))
    .find((each) => each !== undefined);
  const usual = setup?.requires?.anyOf[0] ?? `${scanner.usualDirectory}/x`;
  return told ?? usual.replace(/\/[^/]*$/, '');
}

/** As a run of ours does it: beside freshclam's daemon, which holds the lock. */
function download(facts: DoctorFacts): readonly Remedy[] {
  const commands = scanning(facts).setup?.preparations.flatMap((each) => each.commands) ?? [];
  return commands.length > 0 ? commands.map(({ argv }) => ({ argv })) : [run('freshclam')];
}
