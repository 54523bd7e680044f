import { describe, expect, test } from 'vitest';
import { SetupError } from '../../src/host/setup-error.ts';
import type { GivenAnswers, ResolveOptions } from '../../src/questions/answers.ts';
import { answersAsTexts, resolveAnswers } from '../../src/questions/answers.ts';
import { parseAnswersFile } from '../../src/questions/answers-file.ts';
import { QUESTIONS } from '../../src/questions/questions.ts';
import { FRESH } from './facts.ts';

const NOTHING: GivenAnswers = { flags: {}, environment: {} };

/** Nobody may be asked. */
const silent = (mode: ResolveOptions['mode']): ResolveOptions => ({
  mode,
  prompt: (question) => Promise.reject(new Error(`asked ${question.key}`)),
});

async function failure(run: Promise<unknown>): Promise<SetupError> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SetupError);
  return error as SetupError;
}

describe('where an answer comes from', () => {
  const file = { path: '/root/answers.ini', values: { 'default-action': 'accept' } };
  const environment = { 'default-action': 'tempfail', 'smtp-connections': '30' };

  test('a flag beats the file, the file the environment, the environment the last run', async () => {
    const given = { flags: { milters: 'greylist' }, file, environment };
    const facts = {
      ...FRESH,
      lastRun: { 'smtp-connections': '60', 'local-networks': '192.0.2.0/24' },
    };
    const { answers, sources } = await resolveAnswers(given, facts, silent('defaults'));
    expect(answers).toEqual({
      'take-over': false,
      milters: ['milter-greylist'],
      'keep-settings': [],
      'default-action': 'accept',
      'smtp-connections': 30,
      'dkim-domain': 'example.com',
      'dkim-selector': 'mail',
      'dmarc-failures': 'mark',
      'local-networks': ['192.0.2.0/24'],
      'greylist-delay': '10m',
    });
    expect(sources).toEqual({
      'take-over': 'default',
      milters: 'flag',
      'keep-settings': 'default',
      'default-action': 'answers file',
      'smtp-connections': 'environment',
      'dkim-domain': 'default',
      'dkim-selector': 'default',
      'dmarc-failures': 'default',
      'local-networks': 'last run',
      'greylist-delay': 'default',
    });
  });

  test("--yes on a fresh host takes the documents' choices", async () => {
    const { answers } = await resolveAnswers(NOTHING, FRESH, silent('defaults'));
    expect(answers).toEqual({
      'take-over': false,
      milters: ['milter-greylist', 'clamav-milter', 'spamass-milter'],
      'keep-settings': [],
      'default-action': 'accept',
      'smtp-connections': 100,
      'dkim-domain': 'example.com',
      'dkim-selector': 'mail',
      'dmarc-failures': 'mark',
      'local-networks': [],
      'greylist-delay': '10m',
    });
  });

  test('what was not given is asked, with the last answer suggested', async () => {
    const asked: [string, unknown, string][] = [];
    const given = { flags: { 'default-action': 'tempfail' }, environment: {} };
    const foundIn = { 'local-networks': 'mynetworks in /etc/postfix/main.cf' };
    const facts = { ...FRESH, lastRun: { milters: 'clamav-milter' }, foundIn };
    const { answers, sources } = await resolveAnswers(given, facts, {
      mode: 'prompt',
      prompt: (question, { value, origin }) => {
        asked.push([question.key, value, origin]);
        return Promise.resolve(question.key === 'local-networks' ? ['203.0.113.0/24'] : value);
      },
    });
    // No spamass-milter, so nobody needs to know the number of connections.
    expect(asked).toEqual([
      ['milters', ['clamav-milter'], 'the last run'],
      ['local-networks', [], 'mynetworks in /etc/postfix/main.cf'],
    ]);
    expect(answers['local-networks']).toEqual(['203.0.113.0/24']);
    expect(sources['default-action']).toBe('flag');
    expect(sources.milters).toBe('prompt');
  });

  test('a verb asks its own questions only', async () => {
    const options: ResolveOptions = { ...silent('prompt'), ask: [] };
    const { sources } = await resolveAnswers(NOTHING, FRESH, options);
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
  });

  test('a last answer that is no longer accepted is forgotten', async () => {
    const facts = { ...FRESH, lastRun: { milters: 'milter-of-yore', 'smtp-connections': '45' } };
    const { answers } = await resolveAnswers(NOTHING, facts, silent('defaults'));
    expect(answers.milters).toHaveLength(3);
    expect(answers['smtp-connections']).toBe(45);
  });
});

describe('without somebody to ask', () => {
  test('all missing answers are named at once, in a line to paste', async () => {
    const error = await failure(resolveAnswers(NOTHING, FRESH, silent('refuse')));
    expect(error.exitCode).toBe(2);
    expect(error.code).toBe('missing-answers');
    expect(error.message).toContain(
      '--milters, --default-action, --smtp-connections, --local-networks',
    );
    expect(error.hint).toContain(
      '--milters milter-greylist,clamav-milter,spamass-milter --default-action accept ' +
        '--smtp-connections 100 --local-networks none',
    );
  });

  test('all flags given: nothing is asked', async () => {
    const flags = {
      milters: 'greylist,clamav,spamass,opendkim',
      'default-action': 'tempfail',
      'smtp-connections': '10',
      'local-networks': '192.0.2.0/24,2001:db8::/32',
      'greylist-delay': '5m',
      'dkim-domain': 'example.org',
      'dkim-selector': '2026a',
      'dmarc-failures': 'reject',
      'keep-settings': 'none',
      'take-over': 'no',
    };
    expect(Object.keys(flags).sort()).toEqual(QUESTIONS.map(({ key }) => key as string).sort());
    const { sources } = await resolveAnswers({ flags, environment: {} }, FRESH, silent('refuse'));
    expect(new Set(Object.values(sources))).toEqual(new Set(['flag']));
  });

  test("the last run's answers do for the next one", async () => {
    const first = await resolveAnswers(NOTHING, FRESH, silent('defaults'));
    const facts = { ...FRESH, lastRun: answersAsTexts(first.answers) };
    const second = await resolveAnswers(NOTHING, facts, silent('refuse'));
    expect(second.answers).toEqual(first.answers);
    expect(second.sources.milters).toBe('last run');
  });
});

describe('an answer that is not accepted', () => {
  test.each([
    ['milters', 'greylst', '--milters: "greylst"', 'did you mean greylist?'],
    ['milters', 'none', '--milters', 'at least one'],
    ['default-action', 'tempfial', '--default-action: "tempfial"', 'did you mean tempfail?'],
    ['smtp-connections', 'many', '--smtp-connections: "many" is not a number', ''],
    ['smtp-connections', '0', '--smtp-connections: 0 is out of range', ''],
    ['local-networks', '192.0.2.7/24', '--local-networks', 'did you mean 192.0.2.0/24?'],
    ['greylist-delay', '10', '--greylist-delay: "10" is not a time', 'such as 10m'],
  ])('%s = %s', async (key, text, start, rest) => {
    const given = { flags: { [key]: text }, environment: {} };
    const error = await failure(resolveAnswers(given, FRESH, silent('defaults')));
    expect(error.code).toBe('bad-answer');
    expect(error.exitCode).toBe(2);
    expect(error.message.startsWith(start)).toBe(true);
    expect(error.message).toContain(rest);
  });

  test('names the file or the variable that it came from, and what would do', async () => {
    const file = { path: '/root/a.ini', values: { 'default-action': 'reject' } };
    const inFile = await failure(resolveAnswers({ ...NOTHING, file }, FRESH, silent('defaults')));
    expect(inFile.message).toContain('/root/a.ini: default-action: "reject"');
    expect(inFile.hint).toBe('accepted: accept, tempfail');
    const environment = { 'smtp-connections': '1e9' };
    const inEnvironment = await failure(
      resolveAnswers({ ...NOTHING, environment }, FRESH, silent('defaults')),
    );
    expect(inEnvironment.message).toContain('MILTER_SETUP_SMTP_CONNECTIONS: "1e9"');
  });

  test('is told before anything is asked', async () => {
    const given = { flags: { 'greylist-delay': 'soon' }, environment: {} };
    const error = await failure(resolveAnswers(given, FRESH, silent('prompt')));
    expect(error.message).toContain('--greylist-delay');
  });
});

describe('the answers file', () => {
  test('is ini by hand: comments, spaces, quotes', () => {
    const text = '; mine\nmilters = greylist, clamav\n\ndefault-action="tempfail"\n';
    expect(parseAnswersFile(text, 'a.ini')).toEqual({
      milters: 'greylist, clamav',
      'default-action': 'tempfail',
    });
  });

  test.each([
    ['milter = greylist\n', 'no question has the key "milter"', 'did you mean milters?'],
    ['[answers]\nmilters = greylist\n', 'no question has the key "answers"', undefined],
    ['milters[] = greylist\nmilters[] = clamav\n', 'must be a single line', undefined],
  ])('%j is refused', (text, message, hint) => {
    try {
      parseAnswersFile(text, 'a.ini');
      expect.unreachable();
    } catch (error) {
      expect((error as SetupError).exitCode).toBe(2);
      expect((error as SetupError).message).toContain(message);
      if (hint !== undefined) expect((error as SetupError).hint).toBe(hint);
    }
  });
});
