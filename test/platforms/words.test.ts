/**
 * Every path, package, service, user, group and rc variable that the product names on FreeBSD and the Red Hat family is
 * in the tables of what the packages really install, for the release that it is named for. What cannot be there stands
 * below, by name and with the reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KNOWN_MILTERS } from '../../src/milters/known-milters.ts';
import { MILTERS } from '../../src/milters/milters.ts';
import { type MilterSetup, setupOn } from '../../src/milters/milter.ts';
import { PLATFORMS, type Release } from '../../src/platforms/platforms.ts';
import { release } from '../milters/platforms.ts';
import { standInHost } from '../plan/stand-in-host.ts';
import { haveWholeTables, packageFacts, wholeTable, type Family } from './package-facts.ts';
import { erasOf, type PackageFact } from './package-facts.ts';

type Kind = 'path' | 'package' | 'program' | 'service' | 'account' | 'variable';
interface Word {
  readonly kind: Kind;
  readonly text: string;
}

const RELEASES: readonly Release[] = [
  release('freebsd', '10.0'),
  release('freebsd', '14.2'),
  release('freebsd', '15.0'),
  release('centos6', '6.4', 'centos'),
  release('redhat', '8.9', 'almalinux'),
  release('redhat', '9.7', 'almalinux'),
  release('redhat', '10.0', 'almalinux'),
];

/** Words that no package brings, with the reason; on every release, or on those whose name begins so. */
const REST: readonly (readonly [RegExp, why: string, on?: string])[] = [
  [
    /^\/etc\/(?:rc\.conf|periodic\.conf|mail\/mailer\.conf|passwd|group)$/,
    'the base system has it',
  ],
  [/^(?:sh|install|chown|rm|rmdir)$/, 'a command of the base system'],
  [/^spamass_milter_(?:user|group)$/, 'rc.subr(8) reads such names for every script', 'freebsd'],
  [/^milter-manager$/, 'our own user'],
  [/^\/etc\/yum\.repos\.d\/epel\.repo$|^epel-release$/, 'the repository itself'],
  [/^\/var\/run\/spamass-milter(?:\/|$)/, "the document's own directory", 'freebsd'],
  [/^\/var\/db\/dkim(?:\/|$)/, 'our directory for keys, where no port makes one', 'freebsd'],
  [
    /^\/run\/(?:pyspf-milter\/pyspf-milter|opendkim\/opendkim)\.sock$/,
    "our socket in the package's directory",
    'redhat',
  ],
  [/^\/usr\/local\/etc\/rspamd\/local\.d\//, 'drop-ins, which are ours to write', 'freebsd'],
  [
    /^\/var\/run\/(?:milteropendkim|dkimpy-milter|pyspf-milter)\/\S+\.sock$/,
    "our socket in the script's directory",
    'freebsd',
  ],
  [/^(?:spamassassin|sa-update)$/, 'all of /usr/bin is in the package, which was read as a spec'],
  [/^SPAMDOPTIONS$|^\/var\/lib\/razor$/, 'of the stock file; newer ones were not read', 'redhat'],
  // The document names these; the packages of EPEL 6 themselves are not to be had any more.
  [
    /^(?:milter-greylist|spamass-milter|grmilter|SOCKET|EXTRA_FLAGS)$/,
    'the document names it',
    'centos6',
  ],
  [
    /^\/usr\/sbin\/(?:milter-greylist|spamass-milter)$/,
    'the document names the package',
    'centos6',
  ],
  [
    /^\/(?:etc\/mail\/greylist\.conf|etc\/sysconfig\/spamass-milter)$/,
    'the document names it',
    'centos6',
  ],
  [/^\/var\/run\/milter-greylist(?:\/milter-greylist\.sock)?$/, 'the document names it', 'centos6'],
];

/** The tables of a release, as words. */
class Judge {
  readonly #texts = new Set<string>();
  readonly #paths = new Set<string>();
  readonly #programs: readonly string[];

  constructor(facts: readonly PackageFact[]) {
    this.#programs = facts.filter(({ kind }) => kind === 'binary').map(({ value }) => value);
    for (const { package: name, kind, value } of facts) {
      if (kind === 'absent') continue;
      this.#texts.add(name);
      for (const origin of name.match(/\b[a-z]+\/[\w-]+/g) ?? []) this.#texts.add(origin);
      for (const [word] of value.matchAll(/[\w.@/+-]+/g))
        this.#texts.add(word.replace(/[:,]$/, ''));
      for (const word of value.split(/[\s=:,]+/)) this.#texts.add(word);
      for (const [path] of value.matchAll(/\/[\w.@+-]+(?:\/[\w.@+-]+)*/g)) this.#addPath(path);
    }
  }

  #addPath(path: string): void {
    this.#paths.add(path);
    // Of a sample the package or the sysadmin makes the file.
    this.#paths.add(path.replace(/\.(?:sample|default)$/, ''));
    const [script] = /[^/]+$/.exec(path) ?? [''];
    if (/\/(?:rc\.d|init\.d)\//.test(path)) this.#texts.add(script);
  }

  knows({ kind, text }: Word): boolean {
    if (kind === 'path') {
      return [...this.#paths].some((path) => path === text || path.startsWith(`${text}/`));
    }
    if (kind === 'program') {
      return this.#programs.some((each) => each === text || each.endsWith(`/${text}`));
    }
    const unit = `${text.replace(/@.*/, '@')}.service`;
    return this.#texts.has(text) || (kind === 'service' && this.#texts.has(unit));
  }
}

const TEMPLATES = join(import.meta.dirname, '../../templates');
const word =
  (kind: Kind) =>
  (text: string): Word => ({ kind, text });
const path = word('path');

function wordsOf(setup: MilterSetup, on: Release): readonly Word[] {
  const { packages, files, directories, groups, services, runDirectories = [] } = setup;
  const commands = [
    ...files.flatMap(({ check }) => (check ? [check] : [])),
    ...setup.preparations.flatMap((each) => [...each.commands, ...(each.undo ?? [])]),
  ];
  return [
    ...packages.map(({ name }) => word('package')(name)),
    ...packages.map(({ marker }) => path(marker)),
    ...files.flatMap((file) => [file.path, ...(file.startFrom ? [file.startFrom] : [])].map(path)),
    ...directories.flatMap(({ path: at, owner }) => [path(at), ...accounts(owner)]),
    ...runDirectories.flatMap(({ path: at, user }) => [path(at), word('account')(user)]),
    ...groups.map(word('account')),
    ...services.map(({ name }) => word('service')(name)),
    ...commands.flatMap(({ argv }) => argv.flatMap(pathsIn)).map(path),
    ...commands.map(({ argv }) => word('program')(argv[0]!)),
    ...(/^unix:(.*)/.exec(setup.connectionSpec) ?? []).slice(1).map(path),
    ...files.flatMap((file) => templateWords(file.template, on)),
  ];
}

const accounts = ({ user, group }: { user: string; group: string }) =>
  [user, group].map(word('account'));

const pathsIn = (text: string): readonly string[] =>
  (text.match(/(?<![\w:}])\/(?:etc|usr|var|run)\/[\w.@+/{}-]*[\w@}]/g) ?? []).map((each) =>
    each.replace(/\/?\{\{.*/, ''),
  );

/** Settings only: what a comment names is for people. */
function templateWords(name: string, on: Release): readonly Word[] {
  const lines = readFileSync(join(TEMPLATES, name), 'latin1')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line));
  const text = lines.join('\n');
  const variables = name.includes('rc.conf')
    ? lines.flatMap((line) => /^(\w+)=/.exec(line)?.slice(1) ?? [])
    : name.includes('/sysconfig/')
      ? lines.flatMap((line) => /^(\w+)=/.exec(line)?.slice(1) ?? [])
      : [];
  const users = [...text.matchAll(/^user "(\w+):(\w+)"/gm)].flatMap(([, ...each]) => each);
  return [
    ...pathsIn(text).map(path),
    ...variables.map(word('variable')),
    ...users.map(word('account')),
    ...(on.platform === 'freebsd'
      ? [...text.matchAll(/_(?:user|owner|group|gid)="(\w+)"/g)].map(([, each]) =>
          word('account')(each!),
        )
      : []),
  ];
}

/** What a release's tables do not say; each word once. */
function unknownOn(on: Release): { readonly checked: number; readonly unknown: readonly Word[] } {
  const family: Family = on.platform === 'freebsd' ? 'freebsd' : 'redhat';
  const eras = erasOf(family, Number.parseInt(on.version, 10));
  const judge = new Judge(packageFacts(family).filter(({ era }) => eras.includes(era)));
  const words = MILTERS.flatMap((milter) => {
    const setup = setupOn(milter, on, standInHost({}));
    return 'unavailable' in setup ? [] : wordsOf(setup, on);
  });
  const platform = PLATFORMS[on.platform];
  words.push(path(platform.postfixDirectory), word('account')(platform.socketGroup));
  const once = [...new Map(words.map((each) => [`${each.kind} ${each.text}`, each])).values()];
  return { checked: once.length, unknown: once.filter((each) => !judge.knows(each)) };
}

const reasonFor = ({ text }: Word, on: Release): string | undefined =>
  REST.find(([pattern, , where]) => pattern.test(text) && on.platform.startsWith(where ?? ''))?.[1];

describe.each(RELEASES)('what is named on $title', (on) => {
  it('is what the packages of that release install', () => {
    const { checked, unknown } = unknownOn(on);
    expect(checked).toBeGreaterThan(30);
    const unexplained = unknown.filter((each) => reasonFor(each, on) === undefined);
    expect(unexplained.map(({ kind, text }) => `${kind} ${text}`)).toEqual([]);
  });
});

it('needs every reason of the list', () => {
  const texts = RELEASES.flatMap((on) => unknownOn(on).unknown.map(({ text }) => ({ text, on })));
  const idle = REST.filter(
    ([pattern, , where]) =>
      !texts.some(({ text, on }) => pattern.test(text) && on.platform.startsWith(where ?? '')),
  );
  expect(idle.map(([pattern]) => pattern.source)).toEqual([]);
});

/** Found where somebody has written a script of his own: the port has none. */
const WITHOUT_SCRIPT = ['openarc'];

describe('the services that detection looks for on FreeBSD', () => {
  it.each(KNOWN_MILTERS.map((milter) => [milter.name, milter] as const))('%s', (_, milter) => {
    const names = milter.services.freebsd ?? [];
    const scripts = packageFacts('freebsd')
      .filter(({ kind }) => kind === 'rc-script')
      .map(({ value }) => value.split('/').at(-1)!);
    if (names.length === 0) return;
    expect(names.some((each) => scripts.includes(each))).toBe(
      !WITHOUT_SCRIPT.includes(milter.name),
    );
  });
});

/** Every string literal of the sources, wherever it stands. */
const LITERALS = filesBelow(join(import.meta.dirname, '../../src'))
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/'((?:[^'\\\n]|\\.)*)'/g)])
  .map(([, text]) => text!);

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(directory, entry.name)) : [join(directory, entry.name)],
  );
}

/** What else the sources name under FreeBSD's own directories, or as its variables, in any era. */
const FREEBSD_REST: readonly (readonly [RegExp, why: string])[] = [
  [/milter-manager|milter-test-server|milter-setup/, 'ours, and the C program before us'],
  [
    /^\/usr\/local\/(?:etc\/mail|etc\/rc\.d|etc\/rc\.conf\.d|s?bin|share\/man|etc|lib)?$/,
    'the base system',
  ],
  [/^sendmail_(?:\w+_)?enable$/, 'variables of the base system'],
  [/^bind_socket$/, 'of rspamd'],
  [/^(?:multi_instance|smtpd_sasl_auth)_enable$/, 'of Postfix: postconf(5)'],
  [/^\/usr\/local\/lib\/systemd\/system$/, 'of Linux'],
];

it('strings of the sources that look like FreeBSD are in a table of FreeBSD', () => {
  const judge = new Judge(packageFacts('freebsd'));
  const seen = LITERALS.flatMap((text): readonly Word[] => {
    if (/^(?:unix:)?\/(?:usr\/local|var\/db|var\/milter-greylist)\/[\w./-]*\w$/.test(text)) {
      return [path(text.replace(/^unix:/, ''))];
    }
    const variable =
      /^[a-z]+(?:_[a-z]+)*_(?:enable|socketspec|sockfile|socket|cfgfile|conffile|runas|uid|gid)$/;
    return variable.test(text) ? [word('variable')(text)] : [];
  });
  expect(seen.length).toBeGreaterThan(40);
  const rest = [...FREEBSD_REST, ...REST];
  const unknown = seen.filter(
    (each) => !judge.knows(each) && !rest.some(([pattern]) => pattern.test(each.text)),
  );
  expect([...new Set(unknown.map(({ text }) => text))]).toEqual([]);
});

it('what needs directories at boot is named as its script PROVIDEs it', () => {
  const provided = packageFacts('freebsd').flatMap(({ kind, value }) =>
    kind === 'rc-order' ? (/: PROVIDE (.*)/.exec(value)?.[1] ?? '').split(' ') : [],
  );
  for (const on of RELEASES.filter(({ platform }) => platform === 'freebsd')) {
    for (const milter of MILTERS) {
      const setup = setupOn(milter, on, standInHost({}));
      if ('unavailable' in setup) continue;
      for (const { neededBy } of setup.runDirectories ?? []) {
        for (const name of neededBy) expect(provided).toContain(name);
      }
    }
  }
});

it.runIf(haveWholeTables)('the copies of the tables are the tables', () => {
  for (const family of ['freebsd', 'redhat'] as const) {
    const copy = packageFacts(family);
    const kinds = new Set(copy.map(({ kind }) => kind));
    const key = ({ era, package: name, kind, value }: PackageFact) =>
      [era, name, kind, value].join('\t');
    const whole = wholeTable(family).filter(({ kind }) => kinds.has(kind));
    expect(new Set(copy.map(key))).toEqual(new Set(whole.map(key)));
  }
});
