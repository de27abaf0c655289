import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, DEFAULTS, start, T0, type World } from '../testdata/world.ts';
import type { AttributeValue } from '../types/span.ts';

const engaged = (seconds: number, more: Record<string, AttributeValue> = {}) =>
  attempt('claude', 'fallback', 'success', {
    [ATTR_LLM_FALLBACK_TARGET_RANK]: 1,
    [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: seconds,
    ...more,
  });
const run = (outcome: string) => ({
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
  [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: outcome,
});
const assumption = (world: World, target = 'claude') =>
  world.target(target).assumptions.find(({ name }) => name === 'breaker');
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
    expect(assumption(world)?.remedy).toContain('a shorter timeout');
  });

  it('is broken by a run that tried no rung', async () => {
    const world = await start();
    await world.send(T0, { attributes: engaged(1), endTime: T0 });
    await world.send(T0 + 1, { attributes: run('unprotected'), endTime: T0 + 1 });
    expect(assumption(world)?.words).toContain('engaged no rung');
    expect(assumption(world)?.remedy).toContain('falls on that failure');
  });

  it.each(['shadow', 'drill'])('is not proved by a %s, which is no failure of the primary', async (kind) => {
    const world = await start();
    await world.send(T0, { attributes: engaged(0, { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: kind }), endTime: T0 });
    expect(assumption(world)?.state).toBe('unverified');
  });

  it.each([
    ['a rung further down', { [ATTR_LLM_FALLBACK_TARGET_RANK]: 2 }],
    ['one that the user broke off', { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'cancelled' }],
    ['a cache that had nothing', { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'miss' }],
    ['one whose end nobody knows', { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'unknown' }],
    ['one that does not say how long it took', { [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: '' }],
  ])('is neither proved nor broken by an engagement of %s', async (_what, more) => {
    for (const seconds of [1, 11]) {
      const world = await start();
      const attributes = { ...attempt('gpt', 'primary', 'success') };
      await world.send(T0, { attributes, endTime: T0 }, { attributes: { ...engaged(seconds), ...more }, endTime: T0 });
      expect(assumption(world)).toMatchObject({ state: 'unverified', by: undefined });
    }
  });

  it('is neither proved nor broken by an exercise that the policy does not count', async () => {
    const world = await start({ policies: { defaults: { ...DEFAULTS, counts: ['drill'] }, chains: [] } });
    await world.send(T0, { attributes: engaged(11), endTime: T0 });
    expect(assumption(world)).toMatchObject({ state: 'unverified', by: undefined });
  });

  it.each(['served', 'exhausted', 'cancelled'])('is not broken by a run that ended %s', async (outcome) => {
    const world = await start();
    await world.send(T0, { attributes: engaged(1), endTime: T0 });
    await world.send(T0 + 1, { attributes: run(outcome), endTime: T0 + 1 });
    expect(assumption(world)).toMatchObject({ state: 'holds', since: T0 });
  });

  it('is proved by a rung that was engaged in time and failed: falling is one thing, answering another', async () => {
    const world = await start();
    const failing = { ...engaged(1), [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error' };
    await world.send(T0, { attributes: failing, endTime: T0 });
    expect(assumption(world)?.state).toBe('holds');
  });

  it('is not proved behind an open breaker, where the primary was not tried', async () => {
    const world = await start();
    const open = { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'breaker_open' };
    await world.send(T0, { attributes: engaged(0, open), endTime: T0 });
    expect(assumption(world)?.state).toBe('unverified');
  });

  it('is not proved by a drill, in which nothing had to be noticed', async () => {
    const world = await start();
    await world.send(T0, { attributes: engaged(0, { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'drill' }), endTime: T0 });
    expect(assumption(world)?.state).toBe('unverified');
  });
});

it('runs that no rung served are counted', async () => {
  const world = await start();
  const outcomes = ['exhausted', 'unprotected', 'unprotected', 'served', 'cancelled'];
  await world.send(T0, ...outcomes.map((outcome) => ({ attributes: run(outcome), endTime: T0 })));
  expect(world.snapshot().chains[0]?.runs).toEqual({ exhausted: 1, unprotected: 2 });
});

describe('the detection time of a chain', () => {
  const detection = (world: World) => world.snapshot().chains[0]?.detection;
  const because = (reason: string) => ({ [ATTR_LLM_FALLBACK_TRIGGER_REASON]: reason });

  it('is told from the rung that is engaged first: the next one has waited for it, too', async () => {
    const world = await start();
    const second = attempt('rules', 'heuristic', 'success', {
      [ATTR_LLM_FALLBACK_TARGET_RANK]: 2,
      [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 60,
      ...because('error'),
    });
    await world.send(
      T0,
      { attributes: engaged(0.3, because('error')), endTime: T0 },
      { attributes: second, endTime: T0 },
    );
    expect(detection(world)?.calls).toBe(1);
    expect(detection(world)?.mean).toBeLessThan(1);
  });

  it('is told from its failovers: how long half of them took, and nearly all', async () => {
    const world = await start();
    for (let index = 0; index < 20; index++) {
      await world.send(T0 + index, { attributes: engaged(index < 10 ? 0.3 : 3, because('timeout')), endTime: T0 });
    }
    expect(detection(world)?.calls).toBe(20);
    expect(detection(world)?.p50).toBeLessThan(1);
    expect(detection(world)?.p95).toBeGreaterThan(2);
  });

  it('is not told from drills and open breakers, where nothing had to be detected', async () => {
    const world = await start();
    await world.send(T0, { attributes: engaged(0, because('drill')), endTime: T0 });
    await world.send(T0, { attributes: engaged(0, because('breaker_open')), endTime: T0 });
    expect(detection(world)).toBeUndefined();
    await world.send(T0, { attributes: engaged(2, because('error')), endTime: T0 });
    expect(detection(world)?.calls).toBe(1);
  });
});
