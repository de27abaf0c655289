import { EXERCISE_KINDS } from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowState } from '../types/store.ts';
import { freshness } from './freshness.ts';
import { mergeRowState } from './merge.ts';

/** Few values, so that ties are common. */
const time = fc.integer({ min: 1, max: 5 });
const id = fc.constantFrom('', 'a', 'b');
const sighting = fc.record({ at: time, traceId: id, spanId: id });
const failure = fc.record({
  at: time,
  traceId: id,
  spanId: id,
  outcome: fc.constantFrom('error', 'timeout'),
  errorType: fc.constantFrom(undefined, '500', '503'),
});
const kind = fc.record({
  success: fc.option(sighting, { nil: undefined }),
  failure: fc.option(failure, { nil: undefined }),
});
const evidence = fc.record({ organic: kind, drill: kind, shadow: kind }, { requiredKeys: [] });

/** An announced row has a rank; one that was only attempted may lack it. */
const state: fc.Arbitrary<RowState> = fc.oneof(
  fc.record({ rank: fc.nat(3), declaredAt: time, announcedAt: time, seenAt: time, evidence }),
  fc.record({
    rank: fc.option(fc.nat(3), { nil: undefined }),
    declaredAt: time,
    announcedAt: fc.constant(0),
    seenAt: time,
    evidence,
  }),
);

describe('merging two views of a row', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        expect(mergeRowState(a, b)).toEqual(mergeRowState(b, a));
      }),
    );
  });

  it('is associative', () => {
    fc.assert(
      fc.property(state, state, state, (a, b, c) => {
        expect(mergeRowState(mergeRowState(a, b), c)).toEqual(mergeRowState(a, mergeRowState(b, c)));
      }),
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        const merged = mergeRowState(a, b);
        expect(mergeRowState(merged, b)).toEqual(merged);
        expect(mergeRowState(a, a)).toEqual(a);
      }),
    );
  });

  it('never moves a success back, nor a declaration forward', () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        const merged = mergeRowState(a, b);
        expect(merged.declaredAt).toBeLessThanOrEqual(a.declaredAt);
        for (const of of EXERCISE_KINDS) {
          expect(merged.evidence[of]?.success?.at ?? 0).toBeGreaterThanOrEqual(a.evidence[of]?.success?.at ?? 0);
        }
      }),
    );
  });

  it('gives the same freshness whichever side the evidence came from', () => {
    fc.assert(
      fc.property(state, state, fc.integer({ min: 0, max: 9 }), (a, b, now) => {
        const policy = { maxAge: 0.002, counts: EXERCISE_KINDS };
        const merged = freshness(mergeRowState(a, b), policy, now);
        expect(merged).toEqual(freshness(mergeRowState(b, a), policy, now));
        expect(merged.timeSinceLastSuccess).toBeGreaterThanOrEqual(0);
        if (merged.state === 'failing') {
          expect(merged.lastFailure?.at).toBeGreaterThan(merged.lastSuccess?.at ?? Number.NEGATIVE_INFINITY);
        }
      }),
    );
  });
});
