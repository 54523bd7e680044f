/** `milter-setup check` on a host whose milters answer as they are told to. */
import { expect, it } from 'vitest';
import { SOCKETS, statusHost, type StatusHost } from './status-host.ts';

const LATER = 'temporary-failure [451]<4.7.1>(Greylisting in action)';

/** Greylisting is what this host does: a stranger has to wait. */
function greylisting(): StatusHost {
  const host = statusHost();
  host.verdicts.set('milter-greylist.sock clean', LATER);
  return host;
}

it('shows a line each with verdict and time, and names the child that decided', async () => {
  const host = greylisting();
  // A clean mail, and then the suspicious one: the stand-in knows the sample only.
  host.verdicts.set('milter-manager.sock clean', LATER);
  const { code, text } = await host.type('check');
  expect(text).toContain(
    '+ milter-greylist: a clean mail has to wait in 128 ms\n    451 4.7.1 Grey',
  );
  expect(text).toContain('+ opendkim: a clean mail passes in 128 ms\n');
  expect(text.replace(/\n {2}(?! )/g, ' ')).toContain(
    'a suspicious unknown sender has to wait, decided by milter-greylist in 128 ms\n',
  );
  // The clean one should have passed.
  expect(text).toMatch(/x milter-manager: a clean mail has to wait[^]*\nstatus: fail\n/);
  expect(code).toBe(1);
});

it('asks the milters as the manager would, and the manager as Postfix would', async () => {
  const host = greylisting();
  await host.type('check');
  const asked = new Set(host.tried.map((argv) => `${argv[2]!} ${argv[4]!}`));
  expect(asked).toEqual(
    new Set([
      `milter-manager ${SOCKETS.greylist}`,
      `milter-manager ${SOCKETS.opendkim}`,
      `postfix ${SOCKETS.manager}`,
    ]),
  );
});

it('fails where the manager lets all pass because nobody is left to be asked', async () => {
  const host = statusHost();
  for (const socket of [SOCKETS.greylist, SOCKETS.opendkim]) {
    host.refuses.set(`milter-manager ${socket}`, {
      exitCode: 1,
      stderr: `Failed to connect to ${socket}: Connection refused\n`,
    });
  }
  const { code, text } = await host.type('check', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(text)).toMatchObject({
    status: 'fail',
    unfiltered:
      'The manager lets mail pass, and none of its milters can be asked: nothing is filtered.',
  });
});

it('fails where no milter is enabled at all', async () => {
  const host = statusHost();
  for (const name of ['milter-greylist', 'opendkim']) host.disable(name);
  const { code, text } = await host.type('check');
  expect(code).toBe(1);
  expect(text).toContain('No milter is enabled');
  expect(text).toMatch(/\nstatus: fail\n/);
});

it('names a milter that the manager does not ask just now', async () => {
  const host = greylisting();
  const child = { name: 'milter-greylist', last: null, mails: {}, failures: 5, lastFailure: null };
  await host.tells({ schema: 1, milters: [{ ...child, leftAlone: true }] });
  // Strangers pass.
  const { code, text } = await host.type('check');
  expect(code).toBe(1);
  expect(text).toContain('The manager leaves milter-greylist alone for now');
});

it('expects any answer of a milter that keeps the settings which somebody made', async () => {
  const host = greylisting();
  host.verdicts.set('opendkim.sock clean', 'reject [550]<5.7.1>(unsigned)');
  expect((await host.type('check')).text).toContain('x opendkim: a clean mail is refused');
  host.write('/var/lib/milter-setup/answers.ini', 'keep-settings = opendkim\n');
  expect((await host.type('check')).text).toContain('+ opendkim: a clean mail is refused');
});

it('sends no mail unless told to, and knows what --to is for', async () => {
  const host = greylisting();
  expect((await host.type('check')).text).not.toContain('127.0.0.1');
  await expect(host.type('check', '--to', 'me@example.com')).rejects.toThrow('--to is for --mail');
  await expect(host.type('check', '--mail', '--to', 'a b@c')).rejects.toThrow('no mail address');
});

it('sends none where somebody would get a copy', async () => {
  const host = greylisting();
  host.settings.set('always_bcc', 'archive@example.com');
  await expect(host.type('check', '--mail')).rejects.toThrow(
    'always_bcc = archive@example.com gets a copy of each mail',
  );
  expect(host.tried).toEqual([]);
});
