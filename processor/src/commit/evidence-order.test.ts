/** Order, repetition and split of the evidence leave the gauges as they are, and every span counts once. */
import { ATTR_LLM_FALLBACK_CALL_OUTCOME, CALL_OUTCOMES, METRIC_LLM_FALLBACK_CALLS } from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attempt, freshId, start, T0 } from '../testdata/world.ts';

const call = fc.record({
  target: fc.constantFrom('claude', 'rules'),
  outcome: fc.constantFrom(...CALL_OUTCOMES),
  offset: fc.integer({ min: -4, max: 0 }),
});

const gauges = async (batches: readonly (readonly Parameters<Awaited<ReturnType<typeof start>>['send']>[1][])[]) => {
  const world = await start();
  for (const batch of batches) await world.send(T0, ...batch);
  const calls = world.points(METRIC_LLM_FALLBACK_CALLS).map((point) => ({
    attributes: point.attributes,
    value: 'value' in point ? point.value : undefined,
  }));
  return { targets: world.snapshot().targets, calls: calls.filter(({ value }) => value !== 0) };
};

describe('the same evidence', () => {
  it('leads to the same rows and counts, however it is ordered, repeated and split', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(7), { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        async (calls, repeats, size) => {
          const spans = calls.map(({ target, outcome, offset }) => ({
            attributes: attempt(target, target === 'rules' ? 'heuristic' : 'fallback', outcome),
            endTime: T0 + offset,
            spanId: freshId(),
          }));
          const again = repeats.flatMap((index) => spans[index] ?? []);
          const shuffled = [...again, ...spans.toReversed()];
          const split = Array.from({ length: Math.ceil(shuffled.length / size) }, (_, index) =>
            shuffled.slice(index * size, (index + 1) * size),
          );
          const once = await gauges([spans]);
          const other = await gauges(split);
          expect(other.targets).toEqual(once.targets);
          expect(new Set(other.calls.map((point) => JSON.stringify(point)))).toEqual(
            new Set(once.calls.map((point) => JSON.stringify(point))),
          );
          const counted = once.calls.reduce((sum, { value }) => sum + (value ?? 0), 0);
          expect(counted).toBe(spans.length);
          expect(once.calls.every(({ attributes }) => ATTR_LLM_FALLBACK_CALL_OUTCOME in attributes)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
