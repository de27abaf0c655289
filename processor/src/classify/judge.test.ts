import { CALL_OUTCOMES, type CallOutcome } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { DEFAULTS, policy, T0 } from '../testdata/world.ts';
import type { Attempt } from '../types/evidence.ts';
import type { TargetPolicy } from '../types/policy.ts';
import { judge } from './judge.ts';

const [, spare] = policy().targets;
const limited = {
  ...spare,
  maxLatency: 2,
  maxCost: { amount: 0.05, currency: 'USD' },
  maxCacheAge: 60,
} as TargetPolicy;

function attempt(outcome: CallOutcome, more: Partial<Attempt> = {}): Attempt {
  const within = { routeType: 'fallback', startTime: T0 - 2000, endTime: T0, costAmount: 0.05, costCurrency: 'USD' };
  return { ...within, outcome, ...more } as Attempt;
}

describe('the outcome of an attempt', () => {
  it.each<[string, Partial<Attempt>, CallOutcome]>([
    ['at its limits', {}, 'success'],
    ['that took longer', { startTime: T0 - 2001 }, 'over_latency'],
    ['whose start is unknown', { startTime: 0 }, 'success'],
    ['that cost more', { costAmount: 0.051 }, 'over_cost'],
    ['that cost more of another currency', { costAmount: 9, costCurrency: 'JPY' }, 'success'],
    ['whose cost is unknown', { costAmount: undefined }, 'success'],
    ['that took longer and cost more', { startTime: T0 - 2001, costAmount: 1 }, 'over_latency'],
    ['served from an old cache', { routeType: 'cache', cacheAge: 61 }, 'cache_stale'],
    ['served from an old cache, and slow', { routeType: 'cache', cacheAge: 61, startTime: 1 }, 'cache_stale'],
    ['served from a cache that is young enough', { routeType: 'cache', cacheAge: 60 }, 'success'],
    ['of a model that tells the age of something', { routeType: 'fallback', cacheAge: 61 }, 'success'],
    ['of the primary that tells the age of something', { routeType: 'primary', cacheAge: 61 }, 'success'],
    ['whose cache does not tell its age', { routeType: 'cache', cacheAge: undefined }, 'success'],
  ])('%s', (_, more, outcome) => {
    expect(judge(attempt('success', more), limited)).toBe(outcome);
  });

  it.each(CALL_OUTCOMES.filter((outcome) => outcome !== 'success'))('that is %s is never loosened', (outcome) => {
    const found = judge(attempt(outcome, { routeType: 'cache', cacheAge: 61, startTime: 1, costAmount: 1 }), limited);
    expect(CALL_OUTCOMES.indexOf(found)).toBeLessThanOrEqual(CALL_OUTCOMES.indexOf(outcome));
    expect(judge(attempt(outcome), limited)).toBe(outcome);
  });

  it('of a chain without limits is the one that the span tells', () => {
    expect(
      judge(attempt('success', { routeType: 'cache', cacheAge: 1e9, startTime: 1, costAmount: 1e9 }), DEFAULTS),
    ).toBe('success');
  });
});
