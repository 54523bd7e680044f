/** On a host that filters mail already nothing is asked that its files tell. */
import { describe, expect, it } from 'vitest';
import { resolveAnswers } from '../../src/questions/answers.ts';
import type { AnswerValue, QuestionFacts } from '../../src/questions/question.ts';
import { FRESH } from './facts.ts';

/** opendkim and spamass-milter, set up by hand. */
const BY_HAND: QuestionFacts = {
  ...FRESH,
  defaultAction: 'tempfail',
  offered: FRESH.offered.map((milter) =>
    ['opendkim', 'spamass-milter'].includes(milter.name)
      ? { ...milter, installed: true, enabled: true, inUse: true }
      : milter,
  ),
};

/** Takes what is suggested but for `answers`; says what was asked. */
async function answered(facts: QuestionFacts, answers: Readonly<Record<string, AnswerValue>> = {}) {
  const asked: string[] = [];
  const { answers: all } = await resolveAnswers({ flags: {}, environment: {} }, facts, {
    mode: 'prompt',
    prompt: (question, { value }) => {
      asked.push(question.key);
      return Promise.resolve(answers[question.key] ?? value);
    },
  });
  return { asked, answers: all };
}

describe('milters that Postfix asks already', () => {
  it('are what is suggested, with their settings and what happens while they are down', async () => {
    const { asked, answers } = await answered(BY_HAND);
    expect(answers.milters).toEqual(['spamass-milter', 'opendkim']);
    expect(answers['keep-settings']).toEqual(['spamass-milter', 'opendkim']);
    expect(answers['default-action']).toBe('tempfail');
    // Neither spamd's children nor a domain and a key: all that is there.
    expect(asked).toEqual(['milters', 'keep-settings', 'default-action', 'local-networks']);
  });

  it('are asked about as on a fresh host where they are to have our settings', async () => {
    const { asked } = await answered(BY_HAND, { 'keep-settings': [] });
    expect(asked).toContain('smtp-connections');
    expect(asked).toContain('dkim-domain');
  });

  it('are no question on a fresh host', async () => {
    const { asked } = await answered(FRESH);
    expect(asked).not.toContain('keep-settings');
    expect(asked).not.toContain('take-over');
  });
});

describe('the C milter-manager', () => {
  const THERE = { ...BY_HAND, predecessor: true, localNetworks: ['192.0.2.0/24'] };

  it('is asked about first; no is suggested', async () => {
    const { asked, answers } = await answered(THERE);
    expect(asked[0]).toBe('take-over');
    expect(answers['take-over']).toBe(false);
    expect(answers['local-networks']).toEqual(['192.0.2.0/24']);
  });

  it('may have children of its own alone', async () => {
    const none = { ...THERE, offered: FRESH.offered };
    const { answers } = await answered(none, { 'take-over': true });
    expect(answers.milters).toEqual([]);
  });
});
