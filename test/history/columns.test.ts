/** Numbers are added up as what they are, and percentiles come from classes, as Prometheus computes them. */
import { describe, expect, it } from 'vitest';
import { add, latencyColumn, quantile } from '../../src/history/columns.ts';

describe('two stretches together', () => {
  it('have the sums of what was counted, and the higher of two peaks', () => {
    expect(add({ pass: 2, peak_sessions: 7 }, { pass: 3, reject: 1, peak_sessions: 4 })).toEqual({
      ...{ pass: 5, reject: 1, peak_sessions: 7 },
    });
  });
});

describe('a latency class', () => {
  it.each([
    [0, 'le_0.001'],
    [0.001, 'le_0.001'],
    [0.0011, 'le_0.002'],
    [299, 'le_300'],
    [301, 'le_inf'],
  ])('of %d s is %s', (seconds, column) => expect(latencyColumn(seconds)).toBe(column));
});

/** Expected: histogram_quantile of promtool 2.42 (test rules) over the same buckets. */
describe('a percentile', () => {
  const numbers = { 'le_0.01': 50, 'le_0.02': 40, le_1: 10 };

  it.each([
    [0.5, 0.01],
    [0.9, 0.02],
    [0.95, 0.75],
    [0.99, 0.95],
  ])('of %d is interpolated in its class', (share, seconds) =>
    expect(quantile(numbers, share)).toBeCloseTo(seconds, 9),
  );

  it('is the last bound where it is above', () => expect(quantile({ le_inf: 1 }, 0.5)).toBe(300));
  it('is none of nothing', () => expect(quantile({}, 0.5)).toBeUndefined());
});
