/** How the random comparisons are run: how many, from which seed, and how a difference is shown. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Outcome } from './judged-crews.ts';

/** POSTFIX_RUNS of each comparison; POSTFIX_SEED repeats a run. */
export const RUNS = Number(process.env.POSTFIX_RUNS ?? 500);
export const SEED = Number(process.env.POSTFIX_SEED ?? Date.now() & 0x7fffffff);
/** Milliseconds: a session and its twin take some tens of them. */
export const PATIENCE = 120_000 + RUNS * 2000;

export async function compareAll<Case>(
  name: string,
  runs: number,
  cases: fc.Arbitrary<Case>,
  compare: (each: Case) => Promise<void>,
): Promise<void> {
  console.log(`${name}: ${runs} runs, POSTFIX_SEED=${SEED}`);
  const began = performance.now();
  await fc.assert(fc.asyncProperty(cases, compare), {
    seed: SEED,
    numRuns: runs,
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${name}: ${runs} compared in ${seconds} s, no difference`);
}

/** Both sessions to their end, also where one of them goes wrong: the next pair must find quiet milters. */
export async function both<One, Other>(
  one: Promise<One>,
  other: Promise<Other>,
): Promise<readonly [One, Other]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

/** @param expected what came of the session where Postfix asked the children, or the model of our rules */
export function expectTheSame(actual: Outcome, expected: Omit<Outcome, 'warnings'>): void {
  const { warnings, ...came } = actual;
  expect(came).toEqual({
    replies: expected.replies,
    mails: expected.mails,
    heard: expected.heard,
  });
  expect(warnings, 'what Postfix has against the manager').toEqual([]);
}
