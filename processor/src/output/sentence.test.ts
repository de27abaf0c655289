import { describe, expect, it } from 'vitest';
import type { TargetSnapshot } from '../types/snapshot.ts';
import { inWords } from './duration.ts';
import { changeOf, sentenceOf } from './sentence.ts';

const day = 86_400_000;
const now = 100 * day;
const at = (daysAgo: number) => ({ at: now - daysAgo * day, traceId: '', spanId: '' });
const base: TargetSnapshot = {
  service: { namespace: '', name: 's', environment: '' },
  chain: 'c',
  target: 't',
  routeType: 'fallback',
  rank: 1,
  attributes: {},
  placeholder: false,
  inferred: false,
  undeclared: false,
  overflow: false,
  declaredAt: now - 12 * day,
  lastAttempt: undefined,
  lastSuccess: undefined,
  lastFailure: undefined,
  lastSuccessKind: undefined,
  lastServed: undefined,
  lastUnserved: undefined,
  state: 'never_exercised',
  timeSinceLastSuccess: 12 * 86_400,
  maxAge: 7 * 86_400,
  assumptions: [],
  drift: [],
  headroom: [],
  turns: [],
  activity: undefined,
};

describe('the sentence about a target', () => {
  it.each<[string, Partial<TargetSnapshot>]>([
    ['Never exercised since it was declared 12 days ago.', {}],
    ['Last succeeded 3 days ago (drill).', { state: 'fresh', lastSuccess: at(3), lastSuccessKind: 'drill' }],
    [
      'Last succeeded 9 days ago, longer ago than the 7 days that its policy allows.',
      { state: 'stale', lastSuccess: at(9) },
    ],
    [
      'Its last exercise failed 2 days ago (error: 404); it last succeeded 9 days ago.',
      { state: 'failing', lastSuccess: at(9), lastFailure: { ...at(2), outcome: 'error', errorType: '404' } },
    ],
    [
      'Its last exercise failed 2 days ago (schema_invalid); it has never succeeded.',
      { state: 'failing', lastFailure: { ...at(2), outcome: 'schema_invalid', errorType: 'schema_invalid' } },
    ],
    ['No longer declared by its chain; it has never succeeded.', { undeclared: true, state: undefined }],
    ['Configured 12 days ago; no service has been seen on this chain yet.', { placeholder: true }],
    [
      'The primary; last succeeded just now.',
      { state: undefined, routeType: 'primary', lastSuccess: at(0), lastAttempt: at(0) },
    ],
    [
      'The primary; its last call failed just now (error: 503); it last succeeded 1 day ago.',
      {
        state: undefined,
        routeType: 'primary',
        lastSuccess: at(1),
        lastAttempt: at(0),
        lastFailure: { ...at(0), outcome: 'error', errorType: '503' },
      },
    ],
    ['The primary; declared 12 days ago, no call seen yet.', { state: undefined, routeType: 'primary' }],
  ])('is: %s', (sentence, facts) => {
    expect(sentenceOf({ ...base, ...facts }, now)).toBe(sentence);
  });
});

describe('what would change a state', () => {
  it('tells of a fresh target when time alone will have made it stale', () => {
    const fresh = { ...base, state: 'fresh' as const, lastSuccess: at(2), maxAge: 7 * 86_400 };
    expect(changeOf(fresh, now)).toBe('Becomes stale in 5 days unless it runs again; any failure marks it failing.');
  });
});

describe('a duration in words', () => {
  it.each([
    [0.2, 'under a second'],
    [1.9, '1 second'],
    [59, '59 seconds'],
    [60, '1 minute'],
    [90, '90 seconds'],
    [150, '2 minutes'],
    [5400, '90 minutes'],
    [86_399, '23 hours'],
    [129_600, '36 hours'],
    [12.9 * 86_400, '12 days'],
  ])('of %d seconds is %s', (seconds, words) => {
    expect(inWords(seconds)).toBe(words);
  });
});
