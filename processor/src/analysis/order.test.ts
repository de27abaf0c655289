/** Every gauge of the analysis, whatever the order, the repetition and the replica in which its evidence arrives, and over restarts. */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_PROMPT_VERSION,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  BREAKER_STATES,
  CALL_OUTCOMES,
  EXERCISE_KINDS,
  METRIC_LLM_FALLBACK_FAILOVER_HEADROOM,
  SCHEMA_VALIDITIES,
  TRIGGER_REASONS,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeRowState } from '../ledger/merge.ts';
import { createMemoryStore, type MemoryContents } from '../store/memory.ts';
import { attempt, DEFAULTS, freshId, HOUR, policy, start, T0, type World, whole } from '../testdata/world.ts';
import type { AttributeValue } from '../types/span.ts';
import type { ChainRecord, RowRecord } from '../types/store.ts';
import { mergeFacts, NO_FACTS, readFacts } from './facts.ts';

type Spans = Parameters<World['send']>[1][];

/** Few values, so that ties, returns and repetitions are common. */
const few = <T extends AttributeValue>(...values: readonly T[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined });
const attributes = {
  [ATTR_ERROR_TYPE]: few('404', '503', '400', 'AbortError'),
  [ATTR_GEN_AI_RESPONSE_MODEL]: few('m1', 'm2', 'm3'),
  [ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT]: few('p1', 'p2'),
  [ATTR_GEN_AI_PROMPT_VERSION]: few('v1'),
  [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: few('s1', 's2'),
  [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: few(...SCHEMA_VALIDITIES),
  [ATTR_LLM_FALLBACK_EXERCISE_KIND]: few(...EXERCISE_KINDS),
  [ATTR_LLM_FALLBACK_TRIGGER_REASON]: few(...TRIGGER_REASONS),
  [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: few('422', '503'),
  [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: few(0, 5, 50),
  [ATTR_LLM_FALLBACK_CACHE_AGE]: few(5, 500),
  [ATTR_LLM_FALLBACK_BREAKER_NAME]: few('b1', 'b2'),
  [ATTR_LLM_FALLBACK_BREAKER_STATE]: few(...BREAKER_STATES),
  [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: few(10, 1000),
  [ATTR_LLM_FALLBACK_COST_AMOUNT]: few(0.25, 4),
  [ATTR_LLM_FALLBACK_COST_CURRENCY]: few('USD', 'EUR'),
};

const hoursAgo = fc.constantFrom(0, 0.1, 0.2, 1, 3, 30);
const call = fc
  .record({
    target: fc.constantFrom('gpt', 'gpt', 'claude', 'claude', 'last'),
    outcome: fc.constantFrom(...CALL_OUTCOMES),
    hoursAgo,
    unsampled: fc.boolean(),
    more: fc.record(attributes),
  })
  .map(({ target, outcome, hoursAgo: hours, unsampled, more }) => {
    const said = Object.entries(more).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
    const type = target === 'gpt' ? 'primary' : target === 'last' ? 'cache' : 'fallback';
    return { ...spanOf(attempt(target, type, outcome, Object.fromEntries(said)), hours), unsampled };
  });
const run = fc
  .record({ outcome: fc.constantFrom('unprotected', 'exhausted', 'served'), hoursAgo })
  .map(({ outcome, hoursAgo: hours }) =>
    spanOf({ [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize', [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: outcome }, hours),
  );
const spans = fc.array(fc.oneof({ arbitrary: call, weight: 9 }, { arbitrary: run, weight: 1 }), { maxLength: 24 });

function spanOf(said: Spans[number]['attributes'], hours: number): Spans[number] {
  return { attributes: said, endTime: T0 - hours * HOUR, startTime: T0 - hours * HOUR - 2000 };
}

const template = policy();
const limits = { p95Latency: 1, costPerHour: { amount: 1, currency: 'USD' }, tokensPerMinute: 100 };
const policies = {
  defaults: DEFAULTS,
  chains: [
    {
      ...template,
      targets: template.targets.map((target) => ({
        ...target,
        sampling: target.name === 'last' ? ('none' as const) : ('unknown' as const),
        limits,
      })),
    },
  ],
};

const world = (from?: World['store']) => start({ policies, ...(from && { from }) });

async function told(...batches: readonly Spans[]): Promise<World> {
  const of = await world();
  for (const batch of batches) await of.send(T0, ...batch);
  return of;
}

/** Times at which a breaker tripped depend on what was known when it was seen open, as the counts of trips do. */
function analysed(of: World) {
  const { targets, chains } = of.snapshot();
  const gauges = whole(of.pipeline.metrics(of.snapshot())).filter(({ kind }) => kind === 'gauge');
  return {
    targets,
    gauges,
    chains: chains.map(({ breakers, ...chain }) => ({
      ...chain,
      breakers: breakers.map(({ name, state, since }) => ({ name, state, since })),
    })),
  };
}

/** Of what was told twice, once to each replica, only the load counts twice. */
function withoutLoad(all: ReturnType<typeof analysed>) {
  return {
    targets: all.targets.map(({ headroom: _headroom, activity: _activity, assumptions, ...target }) => ({
      ...target,
      assumptions: assumptions.filter(({ name }) => name !== 'capacity'),
    })),
    chains: all.chains.map(({ contract, breakers }) => ({ contract, breakers })),
    gauges: all.gauges.filter(
      ({ name, attributes: labels }) =>
        name !== METRIC_LLM_FALLBACK_FAILOVER_HEADROOM && !Object.values(labels).includes('capacity'),
    ),
  };
}

/** What two replicas have in a store that they share: rows and facts merge, each one's counters stay its own. */
function shared(a: MemoryContents, b: MemoryContents): MemoryContents {
  const merged = <R extends RowRecord | ChainRecord>(own: readonly R[], others: readonly R[]): R[] => {
    const id = ({ key }: R): string => JSON.stringify(Object.values(key));
    const left = new Map(own.map((record) => [id(record), record]));
    const right = new Map(others.map((record) => [id(record), record]));
    return [...new Map([...left, ...right])].map(([of, any]) => {
      const [one, other] = [left.get(of), right.get(of)];
      const facts = mergeFacts(readFacts(one?.facts ?? NO_FACTS), readFacts(other?.facts ?? NO_FACTS));
      const state =
        one && other && 'state' in one && 'state' in other ? mergeRowState(one.state, other.state) : undefined;
      return { ...any, ...(state && { state }), series: one?.series ?? [], facts };
    });
  };
  const rowsOf = ({ rows }: MemoryContents): readonly RowRecord[] => rows.filter(({ placeholder }) => !placeholder);
  const watermarks = [...a.watermarks, ...b.watermarks].toSorted((x, y) => x.at - y.at);
  return { ...a, rows: merged(rowsOf(a), rowsOf(b)), chains: merged(a.chains, b.chains), watermarks };
}

/** As they came, each with ids of its own. */
const identified = (all: Spans): Spans => all.map((facts) => ({ ...facts, spanId: freshId() }));
const chunks = (all: Spans, size: number): Spans[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));

describe('the analysis of the same evidence', () => {
  it('is the same, however it is ordered, repeated and split into batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        spans,
        fc.array(fc.nat(23), { maxLength: 12 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(),
        async (drawn, repeats, size, seed) => {
          const all = identified(drawn);
          const again = repeats.flatMap((index) => all[index] ?? []);
          const shuffled = [...again, ...all].toSorted((x, y) => order(x, seed) - order(y, seed));
          expect(analysed(await told(...chunks(shuffled, size)))).toEqual(analysed(await told(all)));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is the same after every restart', async () => {
    await fc.assert(
      fc.asyncProperty(spans, fc.nat(24), async (drawn, cut) => {
        const all = identified(drawn);
        const before = await told(all.slice(0, cut));
        const after = await world(before.store);
        await after.send(T0, ...all.slice(cut));
        const again = await world(after.store);
        const expected = analysed(await told(all));
        expect(analysed(after)).toEqual(expected);
        expect(analysed(again)).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('is the same, whichever replica is told what, and but for the load where both are told', async () => {
    await fc.assert(
      fc.asyncProperty(spans, fc.nat(24), fc.nat(24), async (drawn, cut, overlap) => {
        const all = identified(drawn);
        const expected = analysed(await told(all));
        const share = async (a: Spans, b: Spans) => {
          const contents = shared((await told(a)).store.contents(), (await told(b)).store.contents());
          return analysed(await world(await createMemoryStore(contents)));
        };
        const { targets, gauges, chains } = await share(all.slice(0, cut), all.slice(cut));
        const own = ({ detection: _detection, runs: _runs, ...chain }: (typeof chains)[number]) => chain;
        expect({ targets, gauges, chains: chains.map(own) }).toEqual({ ...expected, chains: expected.chains.map(own) });
        const both = await share(all.slice(0, cut), all.slice(Math.max(0, cut - overlap)));
        expect(withoutLoad(both)).toEqual(withoutLoad(expected));
      }),
      { numRuns: 20 },
    );
  });
});

/** Some order, the same for the same seed. */
function order({ spanId = '' }: Spans[number], seed: number): number {
  return (Number.parseInt(spanId, 16) * 2_654_435_761 + seed * 40_503) % 4093;
}
