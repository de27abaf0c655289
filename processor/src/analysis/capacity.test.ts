import {
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_LIMIT_NAME,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  METRIC_LLM_FALLBACK_FAILOVER_HEADROOM,
} from '@warmspare/semconv';
import { expect, it } from 'vitest';
import { attempt, DAY, DEFAULTS, freshId, policy, SHOP, start, T0, value, type World } from '../testdata/world.ts';
import type { TargetPolicy } from '../types/policy.ts';
import { QUARTER, quarterOf } from './activity.ts';
import { CALLS_PER_TARGET } from './exercised.ts';

const LIMITS: TargetPolicy['limits'] = {
  p95Latency: 8,
  costPerHour: { amount: 40, currency: 'USD' },
  tokensPerMinute: 6000,
};

async function world(limits = LIMITS, sampling: 'none' | 'unknown' = 'none', counts = DEFAULTS.counts): Promise<World> {
  const template = policy();
  const targets = template.targets.map((target) => ({
    ...target,
    sampling,
    counts,
    ...(target.name === 'claude' && { limits }),
  }));
  return start({ policies: { defaults: DEFAULTS, chains: [{ ...template, targets }] } });
}

/** One call a second of the primary, for an hour. */
async function load(of: World, more: { readonly unsampled?: boolean } = {}): Promise<void> {
  for (let quarter = 0; quarter < 4; quarter++) {
    const from = T0 + quarter * QUARTER;
    const calls = Array.from({ length: 900 }, (_, second) => ({
      attributes: attempt('gpt', 'primary', 'success'),
      endTime: from + second * 1000,
      ...more,
    }));
    await of.send(from + QUARTER - 1, ...calls);
  }
}

const exercised = attempt('claude', 'fallback', 'success', {
  [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 50,
  [ATTR_LLM_FALLBACK_COST_AMOUNT]: 0.01,
  [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD',
});

const headroom = (of: World, limit: string) => of.target('claude').headroom.find((each) => each.limit === limit);
const capacity = (of: World) => of.target('claude').assumptions.find(({ name }) => name === 'capacity');
const HOUR_LATER = T0 + 4 * QUARTER - 1;

it('projects latency, cost and tokens of the exercised calls onto the load of the primary', async () => {
  const of = await world();
  await load(of);
  await of.send(HOUR_LATER, { attributes: exercised, endTime: HOUR_LATER, startTime: HOUR_LATER - 1000 });
  expect(headroom(of, 'cost_per_hour')).toMatchObject({ declared: 40, unit: 'USD/h', calls: 1 });
  expect(headroom(of, 'cost_per_hour')?.projected).toBeCloseTo(36, 0);
  expect(headroom(of, 'tokens_per_minute')?.headroom).toBeCloseTo(2, 1);
  expect(headroom(of, 'p95_latency')?.headroom).toBeGreaterThan(6);
  const points = of.points(METRIC_LLM_FALLBACK_FAILOVER_HEADROOM);
  expect(value(points, { [ATTR_LLM_FALLBACK_LIMIT_NAME]: 'cost_per_hour' })).toBeCloseTo(1.11, 1);
  expect(capacity(of)).toMatchObject({ state: 'holds', since: HOUR_LATER });
  expect(capacity(of)?.words).toContain('by its last call');
});

it('is broken where one limit would be passed, and names it', async () => {
  const of = await world({ ...LIMITS, tokensPerMinute: 100 });
  await load(of);
  await of.send(HOUR_LATER, { attributes: exercised, endTime: HOUR_LATER });
  expect(headroom(of, 'tokens_per_minute')?.headroom).toBeLessThan(1);
  expect(capacity(of)?.state).toBe('broken');
  expect(capacity(of)?.words).toContain('tokens_per_minute');
});

it('is unverified until the target was exercised, and after its maximum age', async () => {
  const of = await world();
  await load(of);
  expect(capacity(of)?.state).toBe('unverified');
  expect(of.points(METRIC_LLM_FALLBACK_FAILOVER_HEADROOM)).toEqual([]);
  await of.send(HOUR_LATER, { attributes: exercised, endTime: HOUR_LATER });
  of.now = HOUR_LATER + 8 * DAY;
  expect(capacity(of)?.state).toBe('unverified');
});

it('knows no load where spans are sampled by an unknown rate: only latency is projected', async () => {
  const of = await world(LIMITS, 'unknown');
  await load(of);
  await of.send(HOUR_LATER, { attributes: exercised, endTime: HOUR_LATER });
  expect(headroom(of, 'cost_per_hour')).toMatchObject({ headroom: undefined, load: undefined });
  expect(headroom(of, 'p95_latency')?.headroom).toBeDefined();
  expect(capacity(of)?.state).toBe('unverified');
});

it('knows the load where no sampler stands before: calls of the evidence exporter and of the same process', async () => {
  const of = await world(LIMITS, 'unknown');
  await load(of, { unsampled: true });
  await of.send(HOUR_LATER, { attributes: exercised, endTime: HOUR_LATER });
  expect(headroom(of, 'cost_per_hour')?.load).toBeCloseTo(1, 1);
  expect(capacity(of)?.state).toBe('holds');
});

it('knows it, too, where a sampled copy of each span comes first', async () => {
  const of = await world(LIMITS, 'unknown');
  const call = { attributes: attempt('gpt', 'primary', 'success'), endTime: HOUR_LATER, spanId: freshId() };
  await of.send(HOUR_LATER, call, { attributes: exercised, endTime: HOUR_LATER });
  expect(headroom(of, 'cost_per_hour')?.load).toBeUndefined();
  await of.send(HOUR_LATER, { ...call, unsampled: true });
  expect(headroom(of, 'cost_per_hour')?.load).toBeDefined();
});

it('knows it no longer once the evidence exporter was given up', async () => {
  const of = await world(LIMITS, 'unknown');
  await of.send(T0, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0, unsampled: true });
  const later = T0 + 8 * QUARTER;
  await of.send(later, { attributes: attempt('gpt', 'primary', 'success'), endTime: later });
  await of.send(later, { attributes: exercised, endTime: later });
  expect(headroom(of, 'cost_per_hour')?.load).toBeUndefined();
});

it('is unverified without a known load, even within a limit that needs none, and broken beyond it', async () => {
  const latencyOnly = { costPerHour: undefined, tokensPerMinute: undefined };
  for (const { p95Latency, state } of [
    { p95Latency: 8, state: 'unverified' },
    { p95Latency: 0.5, state: 'broken' },
  ]) {
    const of = await world({ ...latencyOnly, p95Latency }, 'unknown');
    await of.send(T0, { attributes: exercised, endTime: T0 });
    expect(headroom(of, 'p95_latency')?.headroom).toBe(p95Latency);
    expect(capacity(of)?.state).toBe(state);
  }
});

it('compares no amounts of different currencies', async () => {
  const of = await world({ ...LIMITS, costPerHour: { amount: 40, currency: 'EUR' } });
  await load(of);
  await of.send(HOUR_LATER, { attributes: exercised, endTime: HOUR_LATER });
  expect(headroom(of, 'cost_per_hour')?.projected).toBeUndefined();
});

it('is told per call that answered: what failed at once makes no answer cheaper', async () => {
  const of = await world();
  await load(of);
  const failures = Array.from({ length: 9 }, () => ({
    attributes: attempt('claude', 'fallback', 'error'),
    endTime: HOUR_LATER - 5000,
  }));
  await of.send(HOUR_LATER, ...failures, { attributes: exercised, endTime: HOUR_LATER });
  expect(headroom(of, 'tokens_per_minute')).toMatchObject({ calls: 1 });
  expect(headroom(of, 'tokens_per_minute')?.headroom).toBeCloseTo(2, 1);
});

it('counts the slow calls, those that policy does not take for a success and those that ran into a timeout, too', async () => {
  const of = await world();
  for (const outcome of ['over_latency', 'timeout']) {
    const slow = { attributes: attempt('claude', 'fallback', outcome), endTime: T0 + 30_000, startTime: T0 };
    await of.send(T0 + 30_000, slow);
  }
  expect(headroom(of, 'p95_latency')).toMatchObject({ projected: 30, calls: 2 });
});

it('rests on the newest calls only, and only on those of a kind that the policy counts', async () => {
  const of = await world(LIMITS, 'none', ['organic']);
  const taking = (seconds: number, index: number, kind: string) => ({
    attributes: { ...exercised, [ATTR_LLM_FALLBACK_EXERCISE_KIND]: kind },
    startTime: T0 + index,
    endTime: T0 + index + seconds * 1000,
  });
  const earlier = Array.from({ length: 60 }, (_, index) => taking(7, index, 'organic'));
  await of.send(T0 + 10_000, ...earlier, taking(60, 100, 'drill'));
  const later = Array.from({ length: 60 }, (_, index) => taking(1, 20_000 + index, 'organic'));
  await of.send(T0 + 30_000, ...later);
  expect(headroom(of, 'p95_latency')).toMatchObject({ projected: 1, calls: CALLS_PER_TARGET });
});

it('knows the load while the primary fails, and while a breaker or an operator sends every call past it', async () => {
  const of = await world();
  const past = (reason: string, more = {}) =>
    attempt('claude', 'fallback', 'success', { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: reason, ...more });
  const minutes = (from: number, attributes: ReturnType<typeof past>) =>
    Array.from({ length: 15 }, (_, minute) => ({ attributes, endTime: T0 + (from + minute) * 60_000 }));
  const open = { [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'open' };
  const spans = [
    ...minutes(0, attempt('gpt', 'primary', 'success')),
    ...minutes(15, attempt('gpt', 'primary', 'error')),
    ...minutes(15, past('error')),
    ...minutes(30, past('breaker_open', open)),
    ...minutes(45, past('manual')),
  ].map((facts) => ({ ...facts, spanId: freshId() }));
  await of.send(HOUR_LATER, ...spans, ...spans);
  expect((headroom(of, 'cost_per_hour')?.load ?? 0) * 3600).toBeCloseTo(60, 2);
});

it('spreads calls that arrived late over the time since the first of them', async () => {
  const of = await world();
  of.now = T0 + DAY;
  const late = { attributes: attempt('gpt', 'primary', 'success'), service: { ...SHOP, name: 'new' } };
  const calls = Array.from({ length: 60 }, (_, minute) => ({ ...late, endTime: T0 + DAY - minute * 60_000 - 1 }));
  await of.send(T0 + DAY, ...calls, { ...late, attributes: exercised, endTime: T0 + DAY });
  expect((of.target('claude', 'new').headroom[1]?.load ?? 0) * 60).toBeCloseTo(1, 1);
});

it('counts a run of chain() behind an open breaker once: it shows an attempt of the primary, too', async () => {
  const of = await world();
  const rejected = attempt('gpt', 'primary', 'error', { [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'open' });
  const engaged = attempt('claude', 'fallback', 'success', { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'breaker_open' });
  await of.send(
    HOUR_LATER,
    { attributes: rejected, endTime: HOUR_LATER },
    { attributes: engaged, endTime: HOUR_LATER },
  );
  expect((headroom(of, 'cost_per_hour')?.load ?? 0) * 3600).toBeCloseTo(1, 2);
});

it('holds without any load: nothing is needed, and no headroom is given', async () => {
  const of = await world();
  await of.send(T0, { attributes: exercised, endTime: T0 });
  expect(headroom(of, 'cost_per_hour')).toMatchObject({ projected: 0, headroom: undefined });
  expect(capacity(of)?.state).toBe('holds');
});

it('is no proof against a limit for which no call told what is needed', async () => {
  const of = await world();
  await of.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 });
  expect(capacity(of)).toMatchObject({ state: 'unverified', since: T0 });
  expect(capacity(of)?.words).toContain('`cost_per_hour`, `tokens_per_minute`');
});

it('does not apply to a target without limits', async () => {
  const of = await world({ p95Latency: undefined, costPerHour: undefined, tokensPerMinute: undefined });
  await of.send(T0, { attributes: exercised, endTime: T0 });
  expect(capacity(of)).toBeUndefined();
});

it('shows the calls by quarter of an hour', async () => {
  const of = await world();
  await load(of);
  of.now = HOUR_LATER;
  expect(of.target('gpt').activity).toEqual({ from: quarterOf(T0), counts: [900, 900, 900, 900] });
});
