/** Arbitrary changes to a store, over so few keys that they meet: puts, overwrites and removals of everything it keeps. */
import fc from 'fast-check';
import type { Changes, RowKey, UnassignedKey } from '../../types/store.ts';
import { ownersOf } from './owners.ts';

const service = fc.constantFrom(
  { namespace: '', service: 'shop', environment: '' },
  { namespace: 'retail', service: 'shop', environment: 'prod' },
);
const chainKey = fc.tuple(service, fc.constantFrom('summarize', 'é"\0')).map(([key, chain]) => ({ ...key, chain }));
const rowKey: fc.Arbitrary<RowKey> = fc
  .tuple(chainKey, fc.constantFrom('claude', 'gpt'), fc.constantFrom('primary' as const, 'fallback' as const))
  .map(([key, target, routeType]) => ({ ...key, target, routeType }));
const chainAsRow: fc.Arbitrary<RowKey> = chainKey.map((key) => ({ ...key, target: '', routeType: '' }));
const anyKey = fc.oneof(rowKey, chainAsRow);
const unassignedKey: fc.Arbitrary<UnassignedKey> = fc
  .tuple(service, fc.constantFrom('', 'openai'))
  .map(([key, provider]) => ({ ...key, provider, requestModel: 'gpt-5' }));
const time = fc.double({ min: 0, max: 2e12, noNaN: true });

const sighting = fc.record({ at: time, traceId: fc.constant('a'.repeat(32)), spanId: fc.constant('b'.repeat(16)) });
const failure = fc
  .tuple(sighting, fc.constantFrom('rate_limit', 'é'))
  .map(([seen, errorType]) => ({ ...seen, outcome: 'error' as const, errorType }));
const row = fc
  .record({
    key: rowKey,
    placeholder: fc.boolean(),
    rank: fc.option(fc.nat(3), { nil: undefined }),
    declaredAt: time,
    seenAt: time,
    drill: fc.option(fc.record({ success: sighting, failure }), { nil: undefined }),
  })
  .map(({ key, placeholder, rank, declaredAt, seenAt, drill }) => ({
    ...key,
    placeholder,
    state: { rank, declaredAt, announcedAt: declaredAt, seenAt, evidence: drill ? { drill } : {} },
  }));
const series = fc
  .record({
    key: anyKey,
    metric: fc.constantFrom('calls', 'duration'),
    attributes: fc.constantFrom('{}', '{"a":"b"}'),
    value: fc.nat(),
    sum: time,
    counts: fc.option(fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }), { nil: undefined }),
    startTime: time,
  })
  .map(({ key, metric, attributes, ...rest }) => ({ ...key, kind: { metric, attributes }, ...rest }));
const factValue = fc.oneof(
  fc.nat(),
  fc.array(fc.json().map((text): unknown => JSON.parse(text))),
);
const fact = fc
  .record({ key: anyKey, kind: fc.constantFrom('contract' as const, 'activity' as const), value: factValue })
  .map(({ key, ...rest }) => ({ ...key, ...rest }));

const few = <T>(each: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(each, { maxLength: 4 });

export const anyChanges: fc.Arbitrary<Changes> = fc.record({
  removeRows: few(anyKey),
  removeTombstones: few(rowKey),
  removeUnassigned: few(unassignedKey),
  owners: fc.record({ rows: few(row), series: few(series), facts: few(fact) }).map(ownersOf),
  chains: few(fc.tuple(chainKey, time).map(([key, announcedAt]) => ({ ...key, announcedAt }))),
  watermarks: few(fc.tuple(service, time).map(([key, at]) => ({ ...key, at }))),
  tombstones: few(fc.tuple(rowKey, time).map(([key, at]) => ({ ...key, at }))),
  unassigned: few(
    fc.tuple(unassignedKey, fc.nat(), time).map(([key, calls, lastSeen]) => ({ ...key, calls, lastSeen })),
  ),
  window: fc.array(fc.nat(), { maxLength: 2 }).map((words) => Uint32Array.from([...words, ...words])),
  windowAt: time,
});
