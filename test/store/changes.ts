/** Arbitrary changes to a store, over so few keys that they meet: puts, overwrites and removals of everything that a store keeps. */
import fc from 'fast-check';
import type {
  ChainKey,
  ChainRecord,
  Changes,
  RowKey,
  RowRecord,
  SeriesRecord,
  UnassignedKey,
} from '../../processor/src/types/store.ts';
import { change } from './contract.ts';

const service = fc.constantFrom(
  { namespace: '', service: 'shop', environment: '' },
  { namespace: 'retail', service: 'shop', environment: 'prod' },
);
const chainKey: fc.Arbitrary<ChainKey> = fc
  .tuple(service, fc.constantFrom('summarize', '\u00e9"\0'))
  .map(([key, chain]) => ({ ...key, chain }));
const rowKey: fc.Arbitrary<RowKey> = fc
  .tuple(chainKey, fc.constantFrom('claude', 'gpt'), fc.constantFrom('primary' as const, 'fallback' as const))
  .map(([key, target, routeType]) => ({ ...key, target, routeType }));
const unassignedKey: fc.Arbitrary<UnassignedKey> = fc
  .tuple(service, fc.constantFrom('', 'openai'))
  .map(([key, provider]) => ({ ...key, provider, requestModel: 'gpt-5' }));
const time = fc.double({ min: 0, max: 2e12, noNaN: true });

const sighting = fc.record({ at: time, traceId: fc.constant('a'.repeat(32)), spanId: fc.constant('b'.repeat(16)) });
const failure = fc
  .tuple(sighting, fc.constantFrom('rate_limit', '\u00e9'))
  .map(([seen, errorType]) => ({ ...seen, outcome: 'error' as const, errorType }));
const series: fc.Arbitrary<SeriesRecord> = fc.record({
  kind: fc.record({ metric: fc.constantFrom('calls', 'duration'), attributes: fc.constantFrom('{}', '{"a":"b"}') }),
  value: fc.nat(),
  sum: time,
  counts: fc.option(fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }), { nil: undefined }),
  startTime: time,
});
const own = { series: fc.array(series, { maxLength: 3 }), facts: fc.record({ unsampled: fc.nat() }) };
const state = fc
  .record({
    rank: fc.option(fc.nat(3), { nil: undefined }),
    declaredAt: time,
    seenAt: time,
    drill: fc.option(fc.record({ success: sighting, failure }), { nil: undefined }),
  })
  .map(({ drill, ...rest }) => ({ ...rest, announcedAt: rest.seenAt, evidence: drill ? { drill } : {} }));
const row: fc.Arbitrary<RowRecord> = fc.record({ key: rowKey, placeholder: fc.boolean(), state, ...own });
const chain: fc.Arbitrary<ChainRecord> = fc.record({ key: chainKey, announcedAt: time, ...own });

const few = <T>(each: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(each, { maxLength: 4 });

export const anyChanges: fc.Arbitrary<Changes> = fc
  .record({
    put: fc.record({
      rows: few(row),
      chains: few(chain),
      watermarks: few(fc.tuple(service, time).map(([key, at]) => ({ ...key, at }))),
      tombstones: few(fc.tuple(rowKey, time).map(([key, at]) => ({ ...key, at }))),
      unassigned: few(
        fc.tuple(unassignedKey, fc.nat(), time).map(([key, calls, lastSeen]) => ({ ...key, calls, lastSeen })),
      ),
    }),
    remove: fc.record({ rows: few(rowKey), chains: few(chainKey), unassigned: few(unassignedKey) }),
    window: fc.array(fc.nat(), { maxLength: 2 }).map((words) => Uint32Array.from([...words, ...words])),
    windowAt: time,
  })
  .map(({ put, remove, window, windowAt }) => change(put, remove, { window, windowAt }));
