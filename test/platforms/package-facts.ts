/**
 * What the packages of FreeBSD and the Red Hat family really install: the judge of names, for stand-ins and tests. Facts
 * of the ports' and specs' own texts; `packages/*.tsv` is the part of the whole tables that tests need.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PackageFact {
  /** FreeBSD: `2014Q1` (10.0) or `today`; else `el6`, `epel6`, ... */
  readonly era: string;
  readonly package: string;
  readonly kind: string;
  /** A path with its owner and mode behind it, `VARIABLE=default`, or a name. */
  readonly value: string;
}
export type Family = 'freebsd' | 'redhat';

const COPY = join(import.meta.dirname, 'packages');
const WHOLE = join(import.meta.dirname, '../../../shared/facts/packages');
export const haveWholeTables = existsSync(WHOLE);

/** The columns of a whole table: era or release, package, origin or repository, kind, value, ... */
const COLUMNS = { era: 0, package: 1, kind: 3, value: 4 };

export function packageFacts(family: Family): readonly PackageFact[] {
  return rows(join(COPY, `${family}.tsv`)).map(([era, name, kind, value]) => ({
    era: era!,
    package: name!,
    kind: kind!,
    value: value!,
  }));
}

/** From the table beside the repository, with every kind of row. */
export function wholeTable(family: Family): readonly PackageFact[] {
  return rows(join(WHOLE, `${family}.tsv`))
    .slice(1)
    .map((row) => ({
      era: row[COLUMNS.era]!,
      package: row[COLUMNS.package]!,
      kind: row[COLUMNS.kind]!,
      value: row[COLUMNS.value]!,
    }));
}

/** The eras whose rows hold for a release of that major version. Between FreeBSD 10 and 13 things came one by one. */
export function erasOf(family: Family, major: number): readonly string[] {
  if (family === 'redhat') return [`el${major}`, `epel${major}`];
  return major <= 10 ? ['2014Q1'] : major >= 13 ? ['today'] : ['2014Q1', 'today'];
}

function rows(file: string): readonly (readonly string[])[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split('\t'));
}
