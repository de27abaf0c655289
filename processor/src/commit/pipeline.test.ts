/** What is counted, and that nothing is acknowledged before it is durable. */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_OTEL_METRIC_OVERFLOW,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../base/errors.ts';
import { createMemoryStore } from '../store/memory.ts';
import { attempt, CHAIN, freshId, NO_CHAINS, span, start, T0, value, whole } from '../testdata/world.ts';
import type { Store } from '../types/store.ts';

describe('counting', () => {
  it('counts a span once, however often it comes, also after a restart', async () => {
    const world = await start();
    const facts = {
      attributes: attempt('claude', 'fallback', 'success', { [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 7 }),
      endTime: T0,
      spanId: freshId(),
    };
    expect(await world.send(T0, facts, facts)).toMatchObject({ accepted: 2, duplicates: 1 });
    expect(await world.send(T0, facts)).toMatchObject({ accepted: 1, duplicates: 1 });
    const again = await start({ from: world.store });
    expect(await again.send(T0, facts)).toMatchObject({ duplicates: 1 });
    expect(value(again.points(METRIC_LLM_FALLBACK_TOKENS), {})).toBe(7);
    expect(again.pipeline.instanceId).toBe(world.pipeline.instanceId);
  });

  it('never takes zero ids for duplicates', async () => {
    const world = await start();
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, spanId: '0'.repeat(16) };
    expect(await world.send(T0, facts, facts)).toMatchObject({ accepted: 2, duplicates: 0 });
  });

  it('bounds error types and folds the rest', async () => {
    const world = await start();
    const errors = Array.from({ length: 30 }, (_, index) => ({
      attributes: attempt('claude', 'fallback', 'error', { [ATTR_ERROR_TYPE]: `E${index}` }),
      endTime: T0,
    }));
    await world.send(T0, ...errors.slice(0, 5));
    await world.send(T0, ...errors.slice(5));
    const types = world.points(METRIC_LLM_FALLBACK_CALLS).map(({ attributes }) => attributes[ATTR_ERROR_TYPE]);
    expect(new Set(types.filter((type) => type !== undefined)).size).toBe(11);
    expect(value(world.points(METRIC_LLM_FALLBACK_CALLS), { [ATTR_ERROR_TYPE]: '_OTHER' })).toBe(20);
  });

  it('counts runs that end badly', async () => {
    const world = await start();
    await world.send(T0, { attributes: { ...CHAIN, [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'exhausted' }, endTime: T0 });
    expect(value(world.points(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED), {})).toBe(1);
  });

  it('leaves calls inside an attempt and spans around calls uncounted', async () => {
    const world = await start();
    const inner = {
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude',
      [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
    };
    const agent = { [ATTR_GEN_AI_OPERATION_NAME]: 'invoke_agent' };
    const result = await world.send(T0, { attributes: inner, endTime: T0 }, { attributes: agent, endTime: T0 });
    expect(result).toMatchObject({ accepted: 0, ignored: 2 });
  });

  it('past the cap of rows everything folds into one overflow row', async () => {
    const world = await start({ limits: { rowsPerService: 3 } });
    const result = await world.send(
      T0,
      { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 },
      { attributes: attempt('x1', 'fallback', 'success'), endTime: T0 },
      { attributes: attempt('x2', 'fallback', 'success'), endTime: T0 },
    );
    expect(result.overflowed).toBe(2);
    expect(world.snapshot().targets.filter(({ overflow }) => !overflow)).toHaveLength(3);
    const folded = world.points(METRIC_LLM_FALLBACK_CALLS).filter((p) => p.attributes[ATTR_OTEL_METRIC_OVERFLOW]);
    expect(value(folded, { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' })).toBe(2);
    const again = await start({ from: world.store, limits: { rowsPerService: 3 } });
    await again.send(T0, { attributes: attempt('x3', 'fallback', 'success'), endTime: T0 });
    const points = whole(again.pipeline.metrics(again.snapshot()));
    const overflow = points.filter(({ attributes }) => attributes[ATTR_OTEL_METRIC_OVERFLOW] === true);
    expect(value(overflow, { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' })).toBe(3);
    // The newest success of many targets would call each of them fresh.
    expect(overflow.map(({ kind }) => kind)).not.toContain('gauge');
  });
});

describe('acknowledged is durable', () => {
  const failing = async (): Promise<{ store: Store; fail: { now: boolean } }> => {
    const memory = await createMemoryStore();
    const fail = { now: false };
    return {
      fail,
      store: {
        ...memory,
        commit: (changes) => (fail.now ? Promise.reject(new StoreUnavailable('disk full')) : memory.commit(changes)),
      },
    };
  };

  it('a failed commit leaves no trace, and the same spans count when they come again', async () => {
    const { store, fail } = await failing();
    const world = await start({ store });
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, spanId: freshId() };
    fail.now = true;
    await expect(world.send(T0, facts)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(world.snapshot().targets).toEqual([]);
    expect(world.pipeline.health()).toMatchObject({ storeAvailable: false, storeError: 'disk full' });
    fail.now = false;
    expect(await world.send(T0, facts)).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(world.pipeline.health().storeAvailable).toBe(true);
    expect(world.pipeline.stats()).toMatchObject({ batches: 1, received: 1, storeErrors: 1 });
  });

  it('a store that can write again is found out without new spans, and only by writing', async () => {
    const { store, fail } = await failing();
    const world = await start({ store });
    fail.now = true;
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, spanId: freshId() };
    await expect(world.send(T0, facts)).rejects.toBeInstanceOf(StoreUnavailable);
    world.pipeline.setPolicies(NO_CHAINS);
    await world.pipeline.retryStore();
    expect(world.pipeline.health().storeAvailable).toBe(false);
    fail.now = false;
    await world.pipeline.retryStore();
    expect(world.pipeline.health().storeAvailable).toBe(true);
    expect(world.snapshot().targets).toEqual([]);
  });

  it('a copy that came while the first was being committed fails with it', async () => {
    const memory = await createMemoryStore();
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const store: Store = {
      ...memory,
      commit() {
        begun.resolve();
        return end.promise;
      },
    };
    const world = await start({ store });
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, spanId: freshId() };
    const first = world.send(T0, facts);
    await begun.promise;
    const copy = world.send(T0, facts);
    end.reject(new StoreUnavailable('disk full'));
    await expect(first).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(copy).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('batches of one turn of the event loop share a commit', async () => {
    const world = await start();
    const before = world.pipeline.stats().commits;
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 };
    await Promise.all([1, 2, 3].map(() => world.send(T0, { ...facts, spanId: freshId() })));
    expect(world.pipeline.stats().commits - before).toBe(1);
  });

  it('a batch that is dropped leaves no trace', async () => {
    const world = await start();
    const facts = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, spanId: freshId() };
    world.pipeline.batch(T0).add(span(world.pipeline, facts));
    expect(world.snapshot().targets).toEqual([]);
    expect(await world.send(T0, facts)).toMatchObject({ duplicates: 0 });
  });

  it('writes that a row was heard of again at intervals, and what changed otherwise at once', async () => {
    const memory = await createMemoryStore();
    const written: number[] = [];
    const store: Store = {
      ...memory,
      commit(changes) {
        written.push(changes.put.rows.length);
        return memory.commit(changes);
      },
    };
    const world = await start({ store });
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    await world.send(T0 + 59_999, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 });
    await world.send(T0 + 61_000, { attributes: CHAIN, endTime: T0 });
    await world.send(T0 + 61_001, { attributes: attempt('claude', 'fallback', 'error'), endTime: T0 + 1 });
    expect(written).toEqual([3, 1, 2, 1]);
    const again = await start({ from: memory, now: T0 + 61_001 });
    expect(again.target('claude')).toMatchObject({ state: 'failing', lastSuccess: { at: T0 } });
  });
});
