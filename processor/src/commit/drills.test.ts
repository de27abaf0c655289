/** What attempts of drills move: their own counters, and the target that was exercised; nothing of what a drill made fail. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_ID,
  ATTR_LLM_FALLBACK_DRILL_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  METRIC_LLM_FALLBACK_DRILLS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, CHAIN, start, T0, value } from '../testdata/world.ts';
import type { AttributeValue } from '../types/span.ts';

const DRILL = {
  [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
  [ATTR_LLM_FALLBACK_DRILL_ID]: 'd1',
  [ATTR_LLM_FALLBACK_DRILL_FAULT]: 'rate_limit',
};
const FORCED = { ...DRILL, [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'drill' };
const INJECTED = { ...DRILL, [ATTR_ERROR_TYPE]: 'drill' };

async function sent(...spans: readonly Record<string, AttributeValue>[]) {
  const world = await start();
  await world.send(T0, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 - 60_000 });
  await world.send(T0, ...spans.map((attributes, index) => ({ attributes, endTime: T0 + index })));
  const drills = world
    .points(METRIC_LLM_FALLBACK_DRILLS)
    .map((point) => [
      point.attributes[ATTR_LLM_FALLBACK_TARGET_NAME],
      point.attributes[ATTR_LLM_FALLBACK_DRILL_OUTCOME],
      point.attributes[ATTR_LLM_FALLBACK_DRILL_FAULT],
      'value' in point ? point.value : undefined,
    ]);
  const total = (name: string, target?: string, kind?: string): number =>
    world
      .points(name)
      .filter(({ attributes }) => target === undefined || attributes[ATTR_LLM_FALLBACK_TARGET_NAME] === target)
      .filter(({ attributes }) => kind === undefined || attributes[ATTR_LLM_FALLBACK_EXERCISE_KIND] === kind)
      .reduce((sum, point) => sum + ('value' in point ? point.value : point.count), 0);
  return { world, drills, total };
}

describe('a drill', () => {
  it.each([
    ['success', 'succeeded'],
    ['error', 'failed'],
    ['schema_invalid', 'failed'],
    ['cancelled', 'interrupted'],
    ['unknown', 'inconclusive'],
    ['miss', 'inconclusive'],
  ])('whose target ends with %s has %s', async (outcome, ended) => {
    const { drills } = await sent(
      attempt('gpt', 'primary', 'error', INJECTED),
      attempt('claude', 'fallback', outcome, FORCED),
    );
    expect(drills).toEqual([['claude', ended, 'rate_limit', 1]]);
  });

  it('counts once, however often its target is tried, in one batch or in two', async () => {
    const tried = attempt('claude', 'fallback', 'success', FORCED);
    const { world } = await sent(tried, tried);
    await world.send(T0 + 10, { attributes: tried, endTime: T0 + 10 });
    expect(value(world.points(METRIC_LLM_FALLBACK_DRILLS), {})).toBe(1);
  });

  it('counts the target that it forced, not the one that a real failure led to', async () => {
    const { drills, world } = await sent(
      attempt('gpt', 'primary', 'error', INJECTED),
      attempt('claude', 'fallback', 'error', { ...FORCED, [ATTR_ERROR_TYPE]: '503' }),
      attempt('rules', 'heuristic', 'success', { ...DRILL, [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'error' }),
    );
    expect(drills).toEqual([['claude', 'failed', 'rate_limit', 1]]);
    expect(world.target('claude').state).toBe('failing');
    expect(world.target('rules').state).toBe('fresh');
  });

  it('tells by a span of its own that it did not reach its target', async () => {
    const { drills, world } = await sent({
      ...CHAIN,
      ...DRILL,
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'rules',
      [ATTR_LLM_FALLBACK_DRILL_OUTCOME]: 'blocked',
    });
    expect(drills).toEqual([['rules', 'blocked', 'rate_limit', 1]]);
    expect(world.target('rules').state).toBe('never_exercised');
  });

  it('proves and disproves nothing by what it made fail', async () => {
    const { world, total } = await sent(
      attempt('gpt', 'primary', 'error', DRILL),
      attempt('claude', 'fallback', 'error', { ...FORCED, [ATTR_ERROR_TYPE]: 'drill' }),
      attempt('rules', 'heuristic', 'success', FORCED),
    );
    expect(world.target('claude')).toMatchObject({ state: 'never_exercised' });
    expect(world.target('claude').assumptions.every(({ state }) => state !== 'broken')).toBe(true);
    expect(world.target('gpt')).toMatchObject({ lastUnserved: undefined });
    expect(total(METRIC_LLM_FALLBACK_CALLS, 'gpt', 'drill')).toBe(1);
    expect(total(METRIC_LLM_FALLBACK_CALLS, 'claude', 'drill')).toBe(1);
    expect(total(METRIC_LLM_FALLBACK_CALL_DURATION, 'claude')).toBe(0);
  });

  it.each(['exhausted', 'unprotected'])('that ends %s is no such run', async (outcome) => {
    const { total } = await sent({ ...CHAIN, ...DRILL, [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: outcome });
    expect(total(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED) + total(METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED)).toBe(0);
  });
});
