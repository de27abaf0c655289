/** The facts of a row and a chain: however the evidence is ordered, repeated and split, the same facts come out, and never too many. */
import { BREAKER_STATES, CALL_OUTCOMES, SCHEMA_VALIDITIES } from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setIds } from '../base/ids.ts';
import { DEFAULTS } from '../testdata/world.ts';
import type { Attempt } from '../types/evidence.ts';
import type { Facts } from '../types/facts.ts';
import type { TargetPolicy } from '../types/policy.ts';
import { breakerStates } from './breaker.ts';
import { mergeFacts, NO_FACTS, readFacts } from './facts.ts';
import { ChainFactsStage, RowFactsStage } from './stage.ts';

/** Few values, so that ties are common. */
const name = fc.constantFrom<(string | undefined)[]>(undefined, 'a', 'b');
const seconds = fc.constantFrom<(number | undefined)[]>(undefined, 0, 5, 50);

const event = fc.record({
  id: fc.integer({ min: 1, max: 0xffff }),
  at: fc.integer({ min: 1, max: 4 }).map((quarter) => quarter * 900_000),
  outcome: fc.constantFrom(...CALL_OUTCOMES),
  routeType: fc.constantFrom('primary', 'fallback', 'cache' as const),
  errorType: fc.constantFrom<(string | undefined)[]>(undefined, '404', '500', '400'),
  responseModel: name,
  promptFingerprint: name,
  schemaFingerprint: name,
  schemaValidity: fc.constantFrom(undefined, ...SCHEMA_VALIDITIES),
  failoverDuration: seconds,
  cacheAge: seconds,
  inputTokens: seconds,
  unsampled: fc.boolean(),
  breakerName: name,
  breakerState: fc.constantFrom(...BREAKER_STATES),
});
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

const limits = { p95Latency: 1, costPerHour: undefined, tokensPerMinute: undefined };
const policy: TargetPolicy = {
  ...DEFAULTS,
  maxCacheAge: 10,
  name: 'any',
  type: 'fallback',
  match: undefined,
  exclude: undefined,
  maxLatency: undefined,
  maxCost: undefined,
  limits,
};

/** What one batch with these events says of a fallback's row, a cache's row and the chain, as one value each. */
function staged(events: readonly Event[], known: readonly Facts[] = []): readonly Facts[] {
  const rows = {
    primary: new RowFactsStage(true, known[0]),
    fallback: new RowFactsStage(false, known[1]),
    cache: new RowFactsStage(false, known[2]),
  };
  const chain = new ChainFactsStage(known[3]);
  for (const each of events) {
    const attempt = attemptOf(each);
    rows[attempt.routeType as keyof typeof rows].count(each.at);
    rows[attempt.routeType as keyof typeof rows].attempt(attempt, each.outcome, policy, each.at);
    chain.attempt(attempt, each.outcome, policy, each.at);
  }
  return [...Object.values(rows), chain].map((stage) => stage.facts());
}

function attemptOf({ id, at, ...more }: Event): Attempt {
  const ids = new Uint32Array(6);
  const hex = id.toString(16).padStart(16, '0');
  setIds(ids, hex.repeat(2), hex);
  const service = { namespace: '', name: 'shop', environment: '' };
  const rest = {
    kind: 'attempt',
    service,
    chain: 'c',
    target: more.routeType,
    rank: more.routeType === 'primary' ? 0 : 1,
  };
  return { ...rest, exercise: 'organic', ids, startTime: at, endTime: at, ...more } as unknown as Attempt;
}

const QUIET = {
  drillId: undefined,
  drillFault: undefined,
  errorType: undefined,
  responseModel: undefined,
  promptFingerprint: undefined,
  schemaFingerprint: undefined,
  schemaValidity: undefined,
  failoverDuration: undefined,
  cacheAge: undefined,
  unsampled: false,
  inputTokens: undefined,
  breakerName: undefined,
  breakerState: undefined,
};

const merge = (a: readonly Facts[], b: readonly Facts[]): readonly Facts[] =>
  a.map((facts, index) => mergeFacts(facts, b[index] ?? NO_FACTS));
const withoutCounts = (all: readonly Facts[]): readonly Facts[] =>
  all.map(({ activity: _activity, ...facts }) => facts);

describe('facts', () => {
  it('are the same in one batch, in many and in another order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(event, { selector: ({ id }) => id, maxLength: 12 }), fc.nat(12), (events, cut) => {
        const once = staged(events);
        const turned = [...events].reverse();
        expect(merge(staged(turned.slice(0, cut)), staged(turned.slice(cut)))).toEqual(once);
        expect(merge(staged(events.slice(cut)), staged(events.slice(0, cut)))).toEqual(once);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same where evidence is repeated, but for the counts', () => {
    fc.assert(
      fc.property(fc.uniqueArray(event, { selector: ({ id }) => id, maxLength: 12 }), (events) => {
        const once = staged(events);
        expect(withoutCounts(merge(once, staged(events)))).toEqual(withoutCounts(once));
      }),
    );
  });

  it('add up the counts of distinct calls', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (a, b) => {
        const total = merge(staged(a), staged(b)).flatMap(({ activity }) => activity?.counts ?? []);
        expect(total.reduce((sum, count) => sum + count, 0)).toBe(a.length + b.length);
      }),
    );
  });

  it('leave out what a later version kept, and keep the rest', () => {
    const [known = NO_FACTS] = staged([
      { ...QUIET, outcome: 'success', routeType: 'primary', id: 1, at: 1 } as unknown as Event,
    ]);
    expect(readFacts({ ...known, weather: 'fine' } as Facts)).toEqual(known);
    expect(Object.keys(known)).not.toEqual([]);
  });

  it('keep a first sighting that is committed, however a batch shows the revision again', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.array(event, { maxLength: 8 }), (earlier, later) => {
        const committed = staged(earlier);
        expect(merge(committed, staged(later, committed))).toEqual(merge(committed, staged(later)));
      }),
    );
  });

  it('are bounded, whatever comes', () => {
    const wild = fc.record({
      id: fc.integer({ min: 1, max: 0xffffff }),
      at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
      text: fc.string({ maxLength: 400 }),
      outcome: fc.constantFrom(...CALL_OUTCOMES),
      routeType: fc.constantFrom('primary', 'fallback', 'cache' as const),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(wild, { minLength: 100, maxLength: 300 }), { minLength: 1, maxLength: 3 }),
        (batches) => {
          const all = batches
            .map((batch) =>
              staged(
                batch.map(
                  ({ text, ...rest }): Event => ({
                    ...rest,
                    errorType: undefined,
                    responseModel: text,
                    promptFingerprint: text,
                    schemaFingerprint: text,
                    schemaValidity: 'valid',
                    failoverDuration: 1,
                    cacheAge: 1,
                    unsampled: true,
                    inputTokens: 1,
                    breakerName: text,
                    breakerState: 'closed',
                  }),
                ),
              ),
            )
            .reduce(merge);
          for (const facts of all) expect(JSON.stringify(facts).length).toBeLessThan(100_000);
          for (const { activity } of all) expect(activity?.counts.length ?? 0).toBeLessThanOrEqual(97);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('say the same past their bounds: which breakers and schemas were seen last, and in which state', () => {
    const many = fc.integer({ min: 0, max: 39 }).map((index) => `n${index}`);
    const crowded = fc.record({
      id: fc.integer({ min: 1, max: 0xffff }),
      at: fc.integer({ min: 1, max: 400 }).map((second) => second * 1000),
      outcome: fc.constantFrom('success', 'schema_invalid' as const),
      routeType: fc.constant('fallback' as const),
      schemaFingerprint: many,
      schemaValidity: fc.constantFrom(...SCHEMA_VALIDITIES),
      breakerName: many,
      breakerState: fc.constantFrom(...BREAKER_STATES),
    });
    const events = fc.uniqueArray(crowded, { selector: ({ id }) => id, minLength: 80, maxLength: 160 });
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 60 }), (drawn, size) => {
        const all = drawn.map((each): Event => ({ ...NOTHING_ELSE, ...each }));
        const turned = [...all].reverse();
        const split = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
          staged(turned.slice(index * size, (index + 1) * size)),
        );
        expect(said(split.reduce(merge))).toEqual(said(staged(all)));
      }),
    );
  });
});

const NOTHING_ELSE = {
  unsampled: false,
  errorType: undefined,
  responseModel: undefined,
  promptFingerprint: undefined,
  failoverDuration: undefined,
  cacheAge: undefined,
  inputTokens: undefined,
};

/** What outputs read of breakers and verdicts: the older of two sightings may be forgotten with a name that comes back. */
function said(all: readonly Facts[]) {
  return all.map(({ assumptions, failover }) => ({
    breakers: failover && breakerStates(failover),
    schemas: Object.entries(assumptions?.schema ?? {})
      .map(([name, { proved, broken }]) => {
        const isBroken = broken !== undefined && (!proved || broken.at > proved.at);
        return { name, isBroken, by: isBroken ? broken : proved };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }));
}
