import {
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_LIMIT_NAME,
  METRIC_LLM_FALLBACK_FAILOVER_HEADROOM,
} from '@warmspare/semconv';
import { expect, it } from 'vitest';
import { attempt, DAY, DEFAULTS, policy, start, T0, value, type World } from '../testdata/world.ts';
import type { TargetPolicy } from '../types/policy.ts';
import { QUARTER } from './activity.ts';

const LIMITS: TargetPolicy['limits'] = {
  p95Latency: 8,
  costPerHour: { amount: 40, currency: 'USD' },
  tokensPerMinute: 6000,
};

async function world(limits = LIMITS, sampling: 'none' | 'unknown' = 'none'): Promise<World> {
  const template = policy();
  const targets = template.targets.map((target) => ({
    ...target,
    sampling,
    ...(target.name === 'claude' && { limits }),
  }));
  return start({ policies: { defaults: DEFAULTS, chains: [{ ...template, targets }] } });
}

/** One call a second of the primary, for an hour. */
async function load(of: World): Promise<void> {
  for (let quarter = 0; quarter < 4; quarter++) {
    const from = T0 + quarter * QUARTER;
    const calls = Array.from({ length: 900 }, (_, second) => ({
      attributes: attempt('gpt', 'primary', 'success'),
      endTime: from + second * 1000,
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
  expect(capacity(of)?.words).toContain('by 1 call');
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

it('compares no amounts of different currencies', async () => {
  const of = await world({ ...LIMITS, costPerHour: { amount: 40, currency: 'EUR' } });
  await load(of);
  await of.send(HOUR_LATER, { attributes: exercised, endTime: HOUR_LATER });
  expect(headroom(of, 'cost_per_hour')?.projected).toBeUndefined();
});

it('does not apply to a target without limits', async () => {
  const of = await world({ p95Latency: undefined, costPerHour: undefined, tokensPerMinute: undefined });
  await of.send(T0, { attributes: exercised, endTime: T0 });
  expect(capacity(of)).toBeUndefined();
});

it('shows the calls of the last day by quarter of an hour', async () => {
  const of = await world();
  await load(of);
  of.now = HOUR_LATER;
  const { recent } = of.target('gpt');
  expect(recent).toHaveLength(96);
  expect(recent.slice(-4)).toEqual([900, 900, 900, 900]);
  of.now = HOUR_LATER + DAY;
  expect(of.target('gpt').recent).toEqual([]);
});
