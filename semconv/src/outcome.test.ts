import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CALL_OUTCOMES, type CallOutcome } from './attributes.ts';
import {
  abortOutcome,
  type CallFacts,
  callOutcome,
  isAnswered,
  isConclusive,
  isFailure,
  isSuccess,
  type PolicyFindings,
  tighten,
} from './outcome.ts';

/** The fact that alone gives each outcome, in the order in which they apply. */
const CAUSES: readonly [CallFacts, CallOutcome][] = [
  [{ cancelled: true }, 'cancelled'],
  [{ timedOut: true }, 'timeout'],
  [{ failed: true }, 'error'],
  [{ refused: true }, 'refused'],
  [{ truncated: true }, 'truncated'],
  [{ schemaValidity: 'invalid' }, 'schema_invalid'],
  [{ cacheStale: true }, 'cache_stale'],
  [{ overLatency: true }, 'over_latency'],
  [{ overCost: true }, 'over_cost'],
  [{}, 'success'],
];

const findings: fc.Arbitrary<PolicyFindings> = fc.record({
  cacheStale: fc.boolean(),
  overLatency: fc.boolean(),
  overCost: fc.boolean(),
});

describe('callOutcome', () => {
  test.each(CAUSES)('%j alone is %s', (facts, outcome) => {
    expect(callOutcome(facts)).toBe(outcome);
  });

  test('of several facts the first that applies wins', () => {
    for (const [index] of CAUSES.entries()) {
      const facts = Object.assign({}, ...CAUSES.slice(index).map(([each]) => each));
      expect(callOutcome(facts)).toBe(CAUSES[index]?.[1]);
    }
  });

  test.each(['valid', 'not_evaluated', undefined] as const)('schema validity %s is no failure', (schemaValidity) => {
    expect(callOutcome({ schemaValidity })).toBe('success');
  });
});

describe('tighten', () => {
  test('makes a success what the policy found', () => {
    expect(tighten('success', { overCost: true })).toBe('over_cost');
    expect(tighten('success', { overCost: true, cacheStale: true })).toBe('cache_stale');
    expect(tighten('over_cost', { overLatency: true })).toBe('over_latency');
  });

  test('leaves a failure what it was, and a success where nothing was found', () => {
    expect(tighten('error', { overLatency: true })).toBe('error');
    expect(tighten('success', {})).toBe('success');
  });

  test('never loosens, and does the same when done twice', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CALL_OUTCOMES), findings, (outcome, found) => {
        const tightened = tighten(outcome, found);
        expect(CALL_OUTCOMES.indexOf(tightened)).toBeLessThanOrEqual(CALL_OUTCOMES.indexOf(outcome));
        expect(tighten(tightened, found)).toBe(tightened);
      }),
    );
  });
});

test('only success is a success', () => {
  expect(CALL_OUTCOMES.filter(isSuccess)).toEqual(['success']);
});

test('what proves nothing and disproves nothing is no failure', () => {
  const harmless = ['cancelled', 'miss', 'unknown', 'success'];
  expect(CALL_OUTCOMES.filter((outcome) => !isFailure(outcome)).toSorted()).toEqual(harmless.toSorted());
});

describe('abortOutcome', () => {
  test('an abort whose reason is a TimeoutError is a timeout', () => {
    expect(abortOutcome(new DOMException('too late', 'TimeoutError'))).toBe('timeout');
  });

  test.each([
    ['an AbortError', new DOMException('stopped', 'AbortError')],
    ['a text', 'TimeoutError'],
    ['nothing', undefined],
    ['null', null],
    [
      'a reason that throws',
      new Proxy(
        {},
        {
          has: () => {
            throw new Error('no');
          },
        },
      ),
    ],
  ])('%s is a cancellation', (_name, reason) => {
    expect(abortOutcome(reason)).toBe('cancelled');
  });
});

test('what an outcome says of a target: whether anything, whether the model answered', () => {
  const said = (says: (outcome: CallOutcome) => boolean): readonly CallOutcome[] =>
    CALL_OUTCOMES.filter((outcome) => !says(outcome));
  expect(said(isConclusive)).toEqual(['cancelled', 'miss', 'unknown']);
  expect(said(isAnswered)).toEqual(['cancelled', 'timeout', 'error', 'miss', 'unknown']);
});
