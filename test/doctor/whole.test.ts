/** `milter-setup doctor` as a whole, on a host that is well and on one that is not. */
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { CHECKS } from '../../src/doctor/checks.ts';
import { growTree } from '../commands/tree.ts';
import { setUp } from '../golden/tree.ts';
import { type Found, host, INI, MAIN_CF } from './tree.ts';

it('has a row for each check in the table of causes', () => {
  const table = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const named = [...table.matchAll(/^\| [^|]+ \| `([a-z-]+)` \|/gm)].map(([, id]) => id);
  expect([...new Set(named)].toSorted()).toEqual(CHECKS.map(({ id }) => id).toSorted());
});

it('has nothing to say against a host that was just set up', async () => {
  const { root } = await host();
  const { code, text } = await setUp(root, 'doctor');
  expect(code).toBe(0);
  const [note, ...rest] = text.split('\n').filter((line) => /^[^ ]/.test(line));
  expect(note).toBe('-> mail of cron and of the sendmail command is not filtered');
  expect(rest.at(-1)).toMatch(/^0 errors, 1 note, \d+ ok, \d+ skipped$/);
  // A line each.
  for (const line of rest.slice(0, -1)) expect(line).toMatch(/^(?:\+ |- skipped: .*\(.+\)$)/);
});

it('says the worst first, with what was seen and the command that repairs it', async () => {
  const sick = await host();
  sick.edit(MAIN_CF, 'milter_default_action = accept', 'milter_default_action = acept');
  sick.edit(MAIN_CF, 'milter_protocol = 6', 'milter_protocol = 4');
  const { code, text } = await setUp(sick.root, 'doctor');
  expect(code).toBe(3);
  const line = sick.read(MAIN_CF).split('\n').indexOf('milter_default_action = acept') + 1;
  expect(text.split('\n').slice(0, 6)).toEqual([
    'x Postfix does not know milter_default_action = acept: with the manager down it',
    '  defers all mail',
    `    /etc/postfix/main.cf:${line}: milter_default_action = acept`,
    "    fix: postconf -e 'milter_default_action = accept'",
    '         systemctl reload postfix',
    expect.stringMatching(/^! Postfix speaks version 4/),
  ]);
  expect(text).toMatch(/\n1 error, 2 warnings, /);
});

it('has the same for programs', async () => {
  const sick = await host();
  sick.edit(MAIN_CF, 'milter_default_action = accept', 'milter_default_action = acept');
  const { code, text } = await setUp(sick.root, 'doctor', '--json');
  expect(code).toBe(3);
  const value = JSON.parse(text) as {
    readonly findings: readonly Found[];
    readonly counts: Readonly<Record<string, number>>;
  };
  expect(value).toMatchObject({ schema: 1 });
  for (const finding of value.findings) {
    expect(Object.keys(finding)).toEqual([
      ...['id', 'grade', 'title', 'evidence', 'fix', 'changes'],
    ]);
    expect(finding.grade === 'ok' || finding.evidence.length > 0, finding.title).toBe(true);
    const grades = value.findings.filter(({ grade }) => grade === finding.grade).length;
    expect(value.counts[finding.grade]).toBe(grades);
  }
  expect(value.counts['error']).toBe(1);
});

it('says of a host with its packages only that it is not set up', async () => {
  const tree = growTree();
  const { code, text } = await setUp(tree.root, 'doctor', '--json');
  tree.remove();
  expect(code).toBe(3);
  const { findings } = JSON.parse(text) as { readonly findings: readonly Found[] };
  const bad = findings.filter(({ grade }) => !['ok', 'skipped', 'info'].includes(grade));
  expect(bad.map(({ title }) => title)).toEqual([
    'the milter manager is not installed',
    'milter-greylist is told to greylist nobody',
  ]);
});

it('names the program as it was started', async () => {
  const sick = await host();
  sick.edit('/etc/passwd', /^milter-manager:.*\n/m, '');
  const { text } = await setUp(sick.root, 'doctor');
  expect(text).toContain('    fix: milter-setup\n');
  const output = new PassThrough({ highWaterMark: 1 << 24 });
  const stream = output as unknown as NodeJS.WriteStream;
  await run({
    argv: ['--root', sick.root, 'doctor'],
    environment: { npm_command: 'exec' },
    input: new PassThrough() as unknown as NodeJS.ReadStream,
    ...{ output: stream, errors: stream },
    signal: new AbortController().signal,
    urgentSignal: new AbortController().signal,
  });
  expect(String(output.read())).toContain('    fix: npx milter-setup\n');
});

it('repairs nothing without a yes, shows what it would repair, and knows its checks', async () => {
  const sick = await host();
  sick.append(INI, '\n[milter.clamav-milter]\nconnection_timeout = 60\n');
  const before = sick.read(INI);
  const shown = await setUp(sick.root, 'doctor', '--fix', 'timeouts', '--dry-run');
  expect(shown.code).toBe(3);
  expect(shown.text).toContain('-connection_timeout = 60\n+connection_timeout = 27\n');
  expect((await setUp(sick.root, 'doctor', '--fix')).code).not.toBe(0);
  expect(sick.read(INI)).toBe(before);
  expect((await setUp(sick.root, 'doctor')).text).toContain('+connection_timeout = 27\n');
  expect((await setUp(sick.root, 'doctor', '--fix', 'order', '--yes')).text).toContain('nothing');
  expect((await setUp(sick.root, 'doctor', '--fix', 'ordre')).errors).toContain('known checks');
});

it('repairs all that it can, in one run that undo takes back', async () => {
  const sick = await host();
  sick.append(INI, '\n[milter.clamav-milter]\nconnection_timeout = 60\nreading_timeout = 120\n');
  sick.append(MAIN_CF, 'milter_content_timeout = 60s\nmilter_protocol = 2\n');
  const before = [sick.read(INI), sick.read(MAIN_CF)];
  expect((await setUp(sick.root, 'doctor', '--fix', '--yes')).code).toBe(0);
  for (const id of ['timeouts', 'milter-protocol']) expect(await sick.grade(id)).toBe('ok');
  await setUp(sick.root, 'undo', '--yes');
  expect([sick.read(INI), sick.read(MAIN_CF)]).toEqual(before);
});
