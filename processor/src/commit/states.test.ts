/** What state the evidence leaves a row in, and what time it is given. */
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_STATE,
  ATTR_SERVICE_NAME,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { quarterOf } from '../analysis/activity.ts';
import { WINDOW_CAPACITY } from '../ledger/duplicate-window.ts';
import {
  attempt,
  confirmClock,
  DAY,
  DEFAULTS,
  freshId,
  HOUR,
  NO_CHAINS,
  policy,
  SHOP,
  start,
  T0,
  value,
} from '../testdata/world.ts';

describe('states', () => {
  const cases: { name: string; sent: [string, number, string?][]; at: number; state: string }[] = [
    { name: 'cancelled alone leaves it never exercised', sent: [['cancelled', 0]], at: 1, state: 'never_exercised' },
    { name: 'a success is fresh', sent: [['success', 0]], at: 7 * DAY, state: 'fresh' },
    { name: 'a success older than max_age is stale', sent: [['success', 0]], at: 7 * DAY + 1000, state: 'stale' },
    { name: 'a failure alone is failing', sent: [['error', 0]], at: 1, state: 'failing' },
    {
      name: 'a failure after a success is failing',
      sent: [
        ['success', 0],
        ['error', 1],
      ],
      at: 2,
      state: 'failing',
    },
    {
      name: 'failing goes before stale',
      sent: [
        ['success', 0],
        ['error', 1],
      ],
      at: 30 * DAY,
      state: 'failing',
    },
    {
      name: 'a success after a failure is fresh',
      sent: [
        ['error', 0],
        ['success', 1],
      ],
      at: 2,
      state: 'fresh',
    },
    {
      name: 'a late older failure changes nothing',
      sent: [
        ['success', 5],
        ['error', 1],
      ],
      at: 6,
      state: 'fresh',
    },
    {
      name: 'a tie is a success',
      sent: [
        ['error', 3],
        ['success', 3],
        ['error', 3],
      ],
      at: 4,
      state: 'fresh',
    },
    {
      name: 'a cancelled attempt after a success',
      sent: [
        ['success', 0],
        ['cancelled', 1],
      ],
      at: 2,
      state: 'fresh',
    },
  ];
  it.each(cases)('$name', async ({ sent, at, state }) => {
    const world = await start();
    for (const [outcome, offset] of sent) {
      await world.send(T0 + offset, { attributes: attempt('claude', 'fallback', outcome), endTime: T0 + offset });
    }
    world.now = T0 + at;
    expect(world.target('claude').state).toBe(state);
    const status = world.points(METRIC_LLM_FALLBACK_TARGET_STATUS);
    const own = status.filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_TARGET_NAME] === 'claude');
    expect(own.filter((point) => 'value' in point && point.value === 1)).toHaveLength(1);
    expect(value(own, { [ATTR_LLM_FALLBACK_TARGET_STATE]: state })).toBe(1);
  });

  it('kinds that the policy does not count leave the state as it is', async () => {
    const policies = { defaults: { ...DEFAULTS, counts: ['organic'] as const }, chains: [] };
    const world = await start({ policies });
    const drill = attempt('claude', 'fallback', 'success', { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' });
    await world.send(T0, { attributes: drill, endTime: T0 });
    expect(world.target('claude').state).toBe('never_exercised');
    const calls = world.points(METRIC_LLM_FALLBACK_CALLS);
    expect(value(calls, { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' })).toBe(1);
    world.pipeline.setPolicies(NO_CHAINS);
    expect(world.target('claude')).toMatchObject({ state: 'fresh', lastSuccessKind: 'drill' });
  });

  it('policy tightens a success and never loosens a failure', async () => {
    const world = await start({ policies: { defaults: DEFAULTS, chains: [policy()] } });
    const old = attempt('last', 'cache', 'success', { [ATTR_LLM_FALLBACK_CACHE_AGE]: 61 });
    await world.send(T0, { attributes: old, endTime: T0 });
    expect(world.target('last')).toMatchObject({ state: 'failing', lastFailure: { outcome: 'cache_stale' } });
    const failed = attempt('last', 'cache', 'error', { [ATTR_LLM_FALLBACK_CACHE_AGE]: 1 });
    await world.send(T0, { attributes: failed, endTime: T0 + 1 });
    expect(world.target('last').lastFailure?.outcome).toBe('error');
  });
});

describe('time', () => {
  it('rejects and counts a span without an end', async () => {
    const world = await start();
    const result = await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: 0 });
    expect(result).toMatchObject({ accepted: 0, rejected: [{ reason: 'missing_end_time', count: 1 }] });
    expect(world.snapshot().targets).toEqual([]);
  });

  it('sets an end far in the future to the receipt and counts that', async () => {
    const world = await start();
    const facts = {
      attributes: attempt('claude', 'fallback', 'success'),
      endTime: T0 + 10 * DAY,
      spanId: freshId(),
    };
    expect(await world.send(T0, facts)).toMatchObject({ accepted: 1, clamped: 1 });
    expect(world.target('claude').lastSuccess?.at).toBe(T0);
    await world.send(T0 + DAY, facts);
    expect(world.target('claude').lastSuccess?.at).toBe(T0);
  });

  it('takes no evidence from such a span where a copy of it could not be told: without ids, or once its window has passed', async () => {
    const world = await start();
    const ahead = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + DAY };
    expect(await world.send(T0, { ...ahead, spanId: '0'.repeat(16) })).toMatchObject({ accepted: 1, clamped: 1 });
    expect(world.target('claude')).toMatchObject({ state: 'never_exercised', lastSuccess: undefined });

    const full = Uint32Array.from({ length: 2 * WINDOW_CAPACITY }, (_, index) => index + 1);
    const contents = { ...world.store.contents(), window: [{ at: T0, hashes: full }] };
    const later = await start({ from: { ...world.store, contents: () => contents }, now: T0 + 1 });
    await later.send(T0 + 1, { attributes: attempt('gpt', 'primary', 'success'), endTime: T0 });
    await later.send(T0 + 1, { ...ahead, startTime: T0 - 1 });
    expect(later.target('claude')).toMatchObject({ state: 'never_exercised', lastSuccess: undefined });
    await later.send(T0 + 1, { ...ahead, startTime: T0 });
    expect(later.target('claude')).toMatchObject({ state: 'fresh', lastSuccess: { at: T0 + 1 } });
  });

  it('never reports a negative age', async () => {
    const world = await start();
    await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + 60_000 });
    expect(world.target('claude').timeSinceLastSuccess).toBe(0);
  });

  it('pulls stored times after now to now, once, and writes them back', async () => {
    const ahead = await start({ now: T0 + 30 * DAY });
    await ahead.send(T0 + 30 * DAY, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + 30 * DAY });
    const world = await confirmClock(await start({ from: ahead.store, now: T0 }));
    world.now = T0 + HOUR;
    expect(world.target('claude').timeSinceLastSuccess).toBe(3600);
    const later = await start({ from: world.store, now: T0 + 2 * HOUR });
    expect(later.target('claude').timeSinceLastSuccess).toBe(7200);
  });

  it('pulls the evidence of the analysis, too: a proof from the future would never expire', async () => {
    const future = T0 + 300 * DAY;
    const told = {
      [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5',
      [ATTR_LLM_FALLBACK_BREAKER_NAME]: 'llm',
      [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'closed',
    };
    const ahead = await start({ now: future });
    await ahead.send(
      future,
      { attributes: attempt('gpt', 'primary', 'success', told), endTime: future, startTime: future, unsampled: true },
      { attributes: attempt('claude', 'fallback', 'success'), endTime: future },
    );
    const world = await confirmClock(await start({ from: ahead.store, now: T0 }));
    const again = await start({ from: world.store, now: T0 + 7 * DAY + 1 });
    const { rows, chains } = world.store.contents();
    const facts = [...rows, ...chains].map((owner) => JSON.stringify(owner.facts));
    expect(facts.filter((kept) => kept.includes(String(Math.floor(future / (15 * 60_000)))))).toEqual([]);
    for (const of of [world, again]) {
      const [chain] = of.snapshot().chains;
      expect(chain?.breakers[0]?.since.at).toBe(T0);
      expect(chain?.contract[0]?.revisions[0]).toMatchObject({ firstSeen: { at: T0 }, lastSeen: T0 });
    }
    expect(world.target('gpt').activity).toEqual({ from: quarterOf(T0), counts: [1] });
    expect(world.target('claude').assumptions[0]).toMatchObject({ name: 'available', state: 'holds', since: T0 });
    expect(again.target('claude').assumptions[0]).toMatchObject({ state: 'unverified', since: T0 + 7 * DAY });
  });

  it('moves the watermark by any span of a service that makes LLM calls', async () => {
    const world = await start();
    await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 });
    await world.send(T0 + HOUR, { attributes: {}, endTime: T0 + HOUR });
    await world.send(T0 + HOUR, {
      attributes: {},
      endTime: T0 + HOUR,
      service: { ...SHOP, name: 'no-llm' },
    });
    const points = world.points(METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP);
    expect(points.map((point) => [point.attributes[ATTR_SERVICE_NAME], 'value' in point && point.value])).toEqual([
      ['shop', (T0 + HOUR) / 1000],
    ]);
  });

  it('moves the watermark of each service, however busy the others are', async () => {
    const world = await start();
    const quiet = { ...SHOP, name: 'quiet' };
    await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0, service: quiet });
    await world.send(T0 + 9_000, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + 9_000 });
    await world.send(T0 + 10_000, { attributes: {}, endTime: T0 + 10_000, service: quiet });
    expect(world.snapshot().watermarks).toMatchObject([{ at: T0 + 10_000 }, { at: T0 + 9_000 }]);
  });
});
