/** Two signers for one domain: receivers see two signatures, and one of the two keys is soon forgotten. */
import { editorFor } from '../edit/editors.ts';
import { EditError } from '../edit/format.ts';
import { type HostReader, readText } from '../host/host.ts';
import { knownMilter } from '../milters/known-milters.ts';
import type { DoctorFacts } from './facts.ts';
import { advice, type Check, type Remedy, run } from './finding.ts';

interface Signer {
  readonly name: string;
  /** In lower case; undefined where it signs by a table, for any. */
  readonly domains: readonly string[] | undefined;
  readonly source: string;
  /** How to have it sign nothing, where it does more than sign. */
  readonly turnOff?: Remedy;
}

export const doubleSigning: Check = {
  id: 'double-signing',
  title: 'each domain is signed by one milter',
  applies: (facts) =>
    facts.detected.filter(({ name, enabled }) => enabled && knownMilter(name)?.signs).length > 1 ||
    'fewer than two milters sign mail here',
  look(host, facts) {
    const signers = signersOf(host, facts);
    return signers.flatMap((one, at) =>
      signers.slice(at + 1).flatMap((two) => {
        const common = shared(one, two);
        if (common === undefined) return [];
        const what = common.length > 0 ? `mail of ${common.join(', ')}` : 'mail';
        return [
          {
            grade: 'warning' as const,
            title: `${one.name} and ${two.name} both sign ${what}`,
            evidence: [one, two].map(
              ({ name, source, domains }) =>
                `${source}: ${name} signs ${domains?.join(', ') ?? 'by a table'}`,
            ),
            fix: [two.turnOff ?? run('milter-setup', 'disable', two.name)],
          },
        ];
      }),
    );
  },
};

function signersOf(host: HostReader, { detected }: DoctorFacts): readonly Signer[] {
  return detected.flatMap(({ name, enabled }): readonly Signer[] => {
    const signs = knownMilter(name)?.signs;
    const path = signs?.paths.find((each) => host.stat(each) !== undefined);
    if (!enabled || signs === undefined || path === undefined) return [];
    return signs.syntax === 'ucl' ? byUcl(host, name, path) : byFile(host, name, path);
  });
}

/** opendkim.conf(5): Mode, Domain and KeyFile, or KeyTable and SigningTable. */
function byFile(host: HostReader, name: string, path: string): readonly Signer[] {
  const text = readText(host, path) ?? '';
  const value = (key: string): string | undefined => {
    try {
      return editorFor('key-value').read(text, key);
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      return undefined;
    }
  };
  if (!(value('Mode') ?? 'sv').includes('s')) return [];
  const line = (key: string) =>
    `${path}:${text.split('\n').findIndex((each) => new RegExp(`^\\s*${key}\\b`, 'i').test(each)) + 1}`;
  if (value('SigningTable') !== undefined || value('KeyTable') !== undefined) {
    return [{ name, domains: undefined, source: line('SigningTable|KeyTable') }];
  }
  const domain = value('Domain');
  if (domain === undefined || value('KeyFile') === undefined) return [];
  return [{ name, domains: domains(domain), source: line('Domain') }];
}

/** A section for each domain; where there is none, it signs by a table. */
function byUcl(host: HostReader, name: string, path: string): readonly Signer[] {
  const text = (readText(host, path) ?? '').replace(/#.*$/gm, '');
  if (text.trim() === '' || /^\s*enabled\s*=\s*"?(?:false|no|off)/m.test(text)) return [];
  const named = [...text.matchAll(/^\s*"?([\w-]+(?:\.[\w-]+)+)"?\s*\{/gm)].map(([, name]) => name!);
  const turnOff = advice(`Write "enabled = false;" into ${path}, then restart ${name}.`);
  return [{ name, domains: named.length > 0 ? named : undefined, source: path, turnOff }];
}

function domains(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((each) => each !== '');
}

/** Undefined where they have no domain in common; empty where a table may name any. */
function shared(one: Signer, two: Signer): readonly string[] | undefined {
  if (one.domains === undefined || two.domains === undefined)
    return one.domains ?? two.domains ?? [];
  const common = one.domains.filter((each) => two.domains!.includes(each));
  return common.length > 0 ? common : undefined;
}
