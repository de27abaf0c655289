/** The share of a commit: merged into what a store keeps, it is what the commit puts. */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  CALL_OUTCOMES,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeFacts } from '../analysis/facts.ts';
import { createMemoryStore } from '../store/memory.ts';
import { attempt, freshId, HOUR, start, T0 } from '../testdata/world.ts';
import type { ChainRecord, Records, RowRecord, SeriesRecord, Store } from '../types/store.ts';
import { mergeRowState } from './merge.ts';

const TYPES = { gpt: 'primary', claude: 'fallback', rules: 'heuristic' } as const;

const call = fc.record({
  target: fc.constantFrom('gpt', 'claude', 'rules' as const),
  outcome: fc.constantFrom(...CALL_OUTCOMES),
  minutesAgo: fc.nat(40),
  exercise: fc.constantFrom('organic', 'drill'),
  errorType: fc.constantFrom('404', '503'),
  model: fc.constantFrom('m1', 'm2', 'm3'),
  isNamed: fc.boolean(),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const spanOf = ({ target, outcome, minutesAgo, exercise, errorType, model, isNamed }: Call, now: number) => ({
  attributes: isNamed
    ? attempt(target, TYPES[target], outcome, {
        [ATTR_LLM_FALLBACK_EXERCISE_KIND]: exercise,
        [ATTR_GEN_AI_RESPONSE_MODEL]: model,
        [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 7,
        ...(outcome === 'error' && { [ATTR_ERROR_TYPE]: errorType }),
      })
    : { [ATTR_GEN_AI_OPERATION_NAME]: 'chat', [ATTR_GEN_AI_REQUEST_MODEL]: model },
  endTime: now - minutesAgo * 60_000,
  spanId: freshId(),
});

/** As a store that several processes write would: counters add, all else merges. */
function merged(kept: ReadonlyMap<string, SeriesRecord>, added: readonly SeriesRecord[]): Map<string, SeriesRecord> {
  const all = new Map(kept);
  for (const { kind, value, sum, counts, startTime } of added) {
    const id = kind.metric + kind.attributes;
    const before = all.get(id);
    all.set(id, {
      kind: { metric: kind.metric, attributes: kind.attributes },
      value: value + (before?.value ?? 0),
      sum: sum + (before?.sum ?? 0),
      counts: counts?.map((count, bucket) => count + (before?.counts?.[bucket] ?? 0)),
      startTime: before?.startTime ?? startTime,
    });
  }
  return all;
}

const byKind = (series: readonly SeriesRecord[]) => merged(new Map(), series);
const rounded = (series: ReadonlyMap<string, SeriesRecord>) =>
  [...series].map(([id, each]) => [id, { ...each, sum: Math.round(each.sum * 1e6) }]).sort();

it('is what the commit puts, once it is merged into what was kept', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(call, { maxLength: 5 }), { minLength: 1, maxLength: 6 }), async (batches) => {
      const memory = await createMemoryStore();
      const kept = new Map<string, RowRecord | ChainRecord>();
      const calls = new Map<string, number>();
      const check = (put: Records, added: Records): void => {
        for (const [index, record] of [...put.rows, ...put.chains].entries()) {
          const share = [...added.rows, ...added.chains][index];
          const id = JSON.stringify(Object.values(record.key));
          const before = kept.get(id);
          const series = merged(byKind(before?.series ?? []), share?.series ?? []);
          expect(rounded(series)).toEqual(rounded(byKind(record.series)));
          expect(mergeFacts(before?.facts ?? {}, share?.facts ?? {})).toEqual(record.facts);
          if ('state' in record && before && 'state' in before && share && 'state' in share) {
            expect(mergeRowState(before.state, share.state)).toEqual(record.state);
          }
          kept.set(id, JSON.parse(JSON.stringify(record)) as RowRecord | ChainRecord);
        }
        for (const [index, { requestModel, calls: all }] of put.unassigned.entries()) {
          expect((calls.get(requestModel) ?? 0) + (added.unassigned[index]?.calls ?? 0)).toBe(all);
          calls.set(requestModel, all);
        }
      };
      const store: Store = {
        ...memory,
        commit(changes) {
          check(changes.put, changes.added());
          return memory.commit(changes);
        },
      };
      const world = await start({ store });
      let now = T0;
      for (const batch of batches) {
        now += HOUR / 4;
        await world.send(now, ...batch.map((each) => spanOf(each, now)));
      }
      await world.rest();
    }),
    { numRuns: 60 },
  );
});
