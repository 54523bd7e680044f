/** Every question tells somebody who is new to milters what it is about and why, with the documents' reasons. */
import { expect, test } from 'vitest';
import { QUESTIONS } from '../../src/questions/questions.ts';
import { FRESH } from './facts.ts';

const explanationOf = (key: string): string =>
  QUESTIONS.find((question) => question.key === key)!.explanation;

test.each(QUESTIONS.map((question) => [question.key, question] as const))(
  '%s is explained in sentences, and says where its default comes from',
  (_key, question) => {
    const sentences = question.explanation.split(/(?<=[.:;])\s+(?=[A-Z])/);
    expect(sentences.length).toBeGreaterThanOrEqual(2);
    expect(question.explanation).toMatch(/\.$/);
    expect(question.origin(FRESH)).toMatch(/^\S(?:.*[^.\s])?$/);
    expect(question.message).toMatch(/\?$/);
  },
);

test('the reasons are those of the install documents', () => {
  // install-to-freebsd: 10 minutes in place of 30, subnetmatch /24.
  expect(explanationOf('greylist-delay')).toMatch(/30 minutes.*\b10\b/);
  expect(explanationOf('greylist-delay')).toContain('/24');
  // "spam mails and virus mails may be delivered until milter is recovered. If you can recover, tempfail is better."
  expect(explanationOf('default-action')).toMatch(/accept.*viruses.*tempfail is the better choice/);
  // "about 30 for about 100 connections"
  expect(explanationOf('smtp-connections')).toContain('30 children for 100 connections');
});
