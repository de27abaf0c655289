import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  METRIC_LLM_FALLBACK_BREAKER_STATUS,
  METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, start, T0, value, type World } from '../testdata/world.ts';
import type { AttributeValue } from '../types/span.ts';

const engaged = (seconds: number, more: Record<string, AttributeValue> = {}) =>
  attempt('claude', 'fallback', 'success', {
    [ATTR_LLM_FALLBACK_TARGET_RANK]: 1,
    [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: seconds,
    ...more,
  });
const breaker = (state: string) => ({
  [ATTR_LLM_FALLBACK_BREAKER_NAME]: 'llm',
  [ATTR_LLM_FALLBACK_BREAKER_STATE]: state,
});
const failed = (error: string) =>
  attempt('gpt', 'primary', 'error', { [ATTR_ERROR_TYPE]: error, ...breaker('closed') });
const run = (outcome: string) => ({
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
  [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: outcome,
});
const assumption = (world: World, target = 'claude') =>
  world.target(target).assumptions.find(({ name }) => name === 'breaker');
const trips = (world: World) =>
  world
    .points(METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION)
    .flatMap((point) => (point.kind === 'histogram' ? [{ sum: point.sum, count: point.count }] : []));

describe('the breaker assumption', () => {
  it('is about the rung behind the primary, unverified until a failure had to engage it', async () => {
    const world = await start();
    await world.send(T0, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 });
    expect(assumption(world)?.state).toBe('unverified');
    expect(assumption(world, 'rules')).toBeUndefined();
  });

  it('holds when the last failure engaged it in time, and is broken when too late', async () => {
    const world = await start();
    await world.send(T0, { attributes: engaged(10), endTime: T0 });
    expect(assumption(world)?.state).toBe('holds');
    await world.send(T0 + 1, { attributes: engaged(10.1), endTime: T0 + 1 });
    expect(assumption(world)).toMatchObject({ state: 'broken', since: T0 + 1 });
    expect(assumption(world)?.words).toContain('later than');
  });

  it('is broken by a run that tried no rung', async () => {
    const world = await start();
    await world.send(T0, { attributes: engaged(1), endTime: T0 });
    await world.send(T0 + 1, { attributes: run('unprotected'), endTime: T0 + 1 });
    expect(assumption(world)?.words).toContain('engaged no rung');
  });

  it('is not proved by a drill, in which nothing had to be noticed', async () => {
    const world = await start();
    await world.send(T0, { attributes: engaged(0, { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'drill' }), endTime: T0 });
    expect(assumption(world)?.state).toBe('unverified');
  });

  it('is broken by a breaker that tripped on a bad request, which says nothing of the primary', async () => {
    const world = await start();
    await world.send(T0, { attributes: failed('400'), endTime: T0 });
    await world.send(T0 + 1000, { attributes: engaged(0, breaker('open')), endTime: T0 + 1000 });
    expect(assumption(world)).toMatchObject({ state: 'broken' });
    expect(assumption(world)?.words).toContain('wrong signal (400)');
  });
});

describe('a breaker', () => {
  it('is a metric: 1 for the state seen last', async () => {
    const world = await start();
    await world.send(T0, { attributes: failed('500'), endTime: T0 });
    await world.send(T0 + 2, { attributes: engaged(0, breaker('open')), endTime: T0 + 2 });
    const points = world.points(METRIC_LLM_FALLBACK_BREAKER_STATUS);
    const of = (state: string) => value(points, breaker(state));
    expect([of('closed'), of('open'), of('half_open')]).toEqual([0, 1, 0]);
    expect(world.snapshot().chains[0]?.breakers).toMatchObject([{ name: 'llm', state: 'open', since: { at: T0 + 2 } }]);
  });

  it('that opens is timed from the first failure after the last success', async () => {
    const world = await start();
    await world.send(T0, { attributes: failed('500'), endTime: T0 });
    await world.send(T0 + 1, {
      attributes: attempt('gpt', 'primary', 'success', breaker('closed')),
      endTime: T0 + 1000,
    });
    await world.send(T0 + 2, { attributes: failed('500'), endTime: T0 + 2000 });
    await world.send(T0 + 3, { attributes: failed('503'), endTime: T0 + 3000 });
    await world.send(T0 + 4, { attributes: engaged(0, breaker('open')), endTime: T0 + 5000 });
    expect(trips(world)).toEqual([{ sum: 3, count: 1 }]);
  });

  it('that stays open trips once, and again after it was closed', async () => {
    const world = await start();
    await world.send(T0, { attributes: failed('500'), endTime: T0 });
    await world.send(T0 + 1, { attributes: engaged(0, breaker('open')), endTime: T0 + 1000 });
    await world.send(T0 + 2, { attributes: engaged(0, breaker('open')), endTime: T0 + 2000 });
    expect(trips(world)).toMatchObject([{ count: 1 }]);
    await world.send(T0 + 3, {
      attributes: attempt('gpt', 'primary', 'success', breaker('closed')),
      endTime: T0 + 3000,
    });
    await world.send(T0 + 4, { attributes: failed('500'), endTime: T0 + 4000 });
    await world.send(T0 + 5, { attributes: engaged(0, breaker('open')), endTime: T0 + 4500 });
    expect(trips(world)).toEqual([{ sum: 1.5, count: 2 }]);
  });
});

it('the detection time of a chain is told from its failovers', async () => {
  const world = await start();
  for (let index = 0; index < 20; index++)
    await world.send(T0 + index, { attributes: engaged(1), endTime: T0 + index });
  const detection = world.snapshot().chains[0]?.detection;
  expect(detection?.calls).toBe(20);
  expect(detection?.p50).toBeLessThanOrEqual(detection?.p95 ?? 0);
});
