/** Breakers as the spans of chain(), opossum and cockatiel tell of them: their state, how fast they trip, and on what. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
  METRIC_LLM_FALLBACK_BREAKER_STATUS,
  METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attempt, freshId, start, T0, value, type World } from '../testdata/world.ts';

type Spans = Parameters<World['send']>[1][];

const stated = (state: string, name: string | undefined = 'llm') => ({
  ...(name !== '' && { [ATTR_LLM_FALLBACK_BREAKER_NAME]: name }),
  [ATTR_LLM_FALLBACK_BREAKER_STATE]: state,
});
const at = (from: number, to: number) => ({ startTime: T0 + from, endTime: T0 + to });

const served = (from: number, to = from, state = 'closed') => ({
  ...at(from, to),
  attributes: attempt('gpt', 'primary', 'success', stated(state)),
});
const failed = (error: string, from: number, to = from, state = 'closed') => ({
  ...at(from, to),
  attributes: attempt('gpt', 'primary', 'error', { [ATTR_ERROR_TYPE]: error, ...stated(state) }),
});
/** The primary of a chain() whose breaker lets nothing through. */
const rejected = (from: number, to = from) => failed('EOPENBREAKER', from, to, 'open');
/** The rung behind the primary; in a chain() it does not know of breakers. */
const engaged = (reason: string, from: number, to = from, more = {}) => ({
  ...at(from, to),
  attributes: attempt('claude', 'fallback', 'success', {
    [ATTR_LLM_FALLBACK_TARGET_RANK]: 1,
    [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 0.1,
    [ATTR_LLM_FALLBACK_TRIGGER_REASON]: reason,
    ...more,
  }),
});

async function told(...batches: Spans[]): Promise<World> {
  const world = await start();
  for (const spans of batches) await world.send(T0 + 60_000, ...spans);
  return world;
}

const trips = (world: World) =>
  world
    .points(METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION)
    .flatMap((point) => (point.kind === 'histogram' ? [{ sum: point.sum, count: point.count }] : []));
const states = (world: World) =>
  world.snapshot().chains.flatMap(({ breakers }) => breakers.map(({ name, state }) => [name, state]));
const assumption = (world: World) => world.target('claude').assumptions.find(({ name }) => name === 'breaker');

describe('the state of a breaker', () => {
  it('is a metric: 1 for the state that was seen last, 0 for the others', async () => {
    const world = await told([failed('500', 0)], [engaged('error', 2, 2, stated('open'))]);
    const points = world.points(METRIC_LLM_FALLBACK_BREAKER_STATUS);
    expect(['closed', 'open', 'half_open'].map((state) => value(points, stated(state)))).toEqual([0, 1, 0]);
    expect(world.snapshot().chains[0]?.breakers).toMatchObject([{ name: 'llm', state: 'open', since: { at: T0 + 2 } }]);
  });

  it('is as old as the start of the call: a slow one that began before does not close an open breaker', async () => {
    const world = await told([rejected(500)], [failed('timeout', 0, 9000)]);
    expect(states(world)).toEqual([['llm', 'open']]);
  });

  it('is told under the name of the chain where the breaker has none', async () => {
    const world = await told([{ ...at(0, 1), attributes: attempt('gpt', 'primary', 'success', stated('closed', '')) }]);
    expect(states(world)).toEqual([['summarize', 'closed']]);
  });

  it('is left out where it is none that is known', async () => {
    expect(states(await told([served(0, 1, 'melted')]))).toEqual([]);
  });

  it('is kept for a bounded number of names, in one batch and over many', async () => {
    const named = (index: number) => ({
      ...at(index, index),
      attributes: attempt('gpt', 'primary', 'success', stated('closed', `breaker-${index}`)),
    });
    const all = Array.from({ length: 40 }, (_, index) => named(index));
    const newest = all.slice(-16).map((_, index) => [`breaker-${24 + index}`, 'closed']);
    expect(states(await told(all))).toEqual(newest);
    expect(states(await told(all.toReversed()))).toEqual(newest);
    expect(states(await told(...all.map((each) => [each])))).toEqual(newest);
  });
});

describe('a trip', () => {
  it('lasts from the first failure after the last success to the first sighting of the open breaker', async () => {
    const before = [failed('500', 0), served(500, 1000), failed('500', 1000, 2000), failed('503', 2000, 3000)];
    const world = await told(before, [rejected(5000), rejected(5500), rejected(9000)]);
    expect(trips(world)).toEqual([{ sum: 3, count: 1 }]);
  });

  it('tells on which failure the breaker opened, until it opens anew', async () => {
    const last = { ...failed('503', 2000, 3000), spanId: '00000000000000f1' };
    const world = await told(
      [failed('500', 1000, 2000), last],
      [rejected(5000)],
      [served(9000)],
      [failed('500', 9500)],
    );
    const trip = { at: T0 + 5000, seconds: 3, signal: { because: '503', spanId: '00000000000000f1', at: T0 + 3000 } };
    expect(world.snapshot().chains[0]?.breakers).toMatchObject([{ state: 'closed', trip }]);
    const again = await start({ from: world.store, now: T0 + 60_000 });
    expect(again.snapshot().chains[0]?.breakers).toMatchObject([{ trip }]);
    await again.send(T0 + 60_000, rejected(9600));
    expect(again.snapshot().chains[0]?.breakers).toMatchObject([{ state: 'open', trip: { seconds: 0.1 } }]);
  });

  it('is seen within one batch, whatever the order of its spans', async () => {
    const spans = [rejected(9000), failed('500', 2000), rejected(5000), served(1000), failed('500', 0)];
    expect(trips(await told(spans))).toEqual([{ sum: 3, count: 1 }]);
  });

  it('is one while the breaker stays open, also when a trial fails, and another after it was closed', async () => {
    const world = await told(
      [failed('500', 0)],
      [rejected(1000)],
      [rejected(2000)],
      [failed('500', 30_000, 30_100, 'half_open')],
      [rejected(30_200)],
    );
    expect(trips(world)).toEqual([{ sum: 1, count: 1 }]);
    await world.send(T0 + 60_000, served(40_000, 40_100, 'half_open'));
    await world.send(T0 + 60_000, failed('500', 41_000), rejected(41_500));
    // Nothing was seen of the breaker while it was closed, but the failure itself.
    expect(trips(world)).toEqual([{ sum: 1.5, count: 2 }]);
  });

  it('is never negative: the failure that opened may be closed a moment after the next call', async () => {
    expect(trips(await told([failed('500', 0, 1050)], [rejected(1000)]))).toEqual([{ sum: 0, count: 1 }]);
  });

  it('is not told of a breaker that was open before any failure was seen, nor of what arrives late', async () => {
    expect(trips(await told([rejected(1000)]))).toEqual([]);
    expect(trips(await told([served(5000)], [failed('500', 0), rejected(1000)]))).toEqual([]);
  });

  it('does not begin with a call that the user broke off', async () => {
    const cancelled = { ...at(0, 0), attributes: attempt('gpt', 'primary', 'cancelled', stated('closed')) };
    expect(trips(await told([cancelled, failed('500', 1000)], [rejected(2000)]))).toEqual([{ sum: 1, count: 1 }]);
  });
});

describe('a trip on a wrong signal', () => {
  const WRONG = [
    ...['400', '413', '422', 'openai.BadRequestError', 'context_length_exceeded', 'invalid_request_error'],
    ...['INVALID_ARGUMENT', 'ValidationException', 'litellm.ContextWindowExceededError', '422 Unprocessable Entity'],
  ];

  it.each(WRONG)('breaks the assumption: %s', async (error) => {
    const failure = { ...failed(error, 0, 1000), spanId: '00000000000000f1' };
    const world = await told([failure, engaged('error', 1000, 1500)], [rejected(2000), engaged('breaker_open', 2000)]);
    expect(assumption(world)).toMatchObject({ state: 'broken', since: T0 + 1000, by: { spanId: '00000000000000f1' } });
    expect(assumption(world)?.words).toContain('wrong signal');
    expect(assumption(world)?.remedy).toContain('does not count such failures');
    expect(assumption(world)?.words).toContain(error);
  });

  it.each(['refused', 'cancelled'])('may be an outcome: %s', async (outcome) => {
    const failure = { ...at(0, 1000), attributes: attempt('gpt', 'primary', outcome, stated('closed')) };
    const world = await told([failure], [rejected(2000)], [engaged('breaker_open', 2000)]);
    expect(assumption(world)?.state).toBe('broken');
  });

  it('is told by the very call whose failure opened the breaker, whose fallback sees it open', async () => {
    const fallback = (error: string) =>
      engaged('error', 1000, 3000, { ...stated('open'), [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: error });
    expect(assumption(await told([failed('422', 0, 1000), fallback('422')]))?.state).toBe('broken');
    expect(assumption(await told([failed('503', 0, 1000), fallback('503')]))?.state).toBe('holds');
  });

  it.each(['500', '503', '429', 'timeout'])('is none of %s', async (error) => {
    const world = await told(
      [failed('400', 0), failed(error, 0, 1000), engaged('error', 1000, 1500)],
      [rejected(2000), engaged('breaker_open', 2000)],
    );
    expect(assumption(world)?.state).toBe('holds');
  });

  it('is none where calls that users broke off ended beside the failures that opened it', async () => {
    const cancelled = { ...at(0, 1900), attributes: attempt('gpt', 'primary', 'cancelled', stated('closed')) };
    const world = await told([failed('500', 0, 1000), failed('400', 0, 1500), cancelled, engaged('error', 1000, 1500)]);
    await world.send(T0 + 60_000, rejected(2000), engaged('breaker_open', 2000));
    expect(assumption(world)?.state).toBe('holds');
  });

  it('is one where the only failure that counts is long gone', async () => {
    const world = await told([failed('500', 0, 1000), failed('400', 20_000), rejected(20_500)]);
    expect(assumption(world)?.state).toBe('broken');
  });

  it('is not forgotten when the primary works again, until a failure engages the rung', async () => {
    const world = await told([failed('400', 0)], [rejected(2000), engaged('breaker_open', 2000)], [served(9000)]);
    expect(assumption(world)?.state).toBe('broken');
    await world.send(T0 + 60_000, failed('500', 10_000), engaged('error', 10_000));
    expect(assumption(world)).toMatchObject({ state: 'holds', since: T0 + 10_000 });
  });
});

it('however the spans are ordered, repeated and split into batches, the gauges are the same', async () => {
  const scenario = [
    failed('500', 0),
    engaged('error', 10, 20),
    failed('400', 1000, 1100),
    rejected(2000),
    engaged('breaker_open', 2000, 2100),
    failed('500', 30_000, 30_100, 'half_open'),
    engaged('error', 30_100, 30_200),
    rejected(30_300),
    served(40_000, 40_100, 'half_open'),
    served(41_000),
    failed('422', 42_000),
    rejected(42_500),
    served(50_000),
  ].map((facts) => ({ ...facts, spanId: freshId() }));
  const gauges = (world: World) => [
    ...world.points(METRIC_LLM_FALLBACK_BREAKER_STATUS),
    ...world
      .points(METRIC_LLM_FALLBACK_ASSUMPTION_STATUS)
      .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_ASSUMPTION_NAME] === 'breaker'),
  ];
  const expected = gauges(await told(scenario));
  expect(
    value(expected, {
      [ATTR_LLM_FALLBACK_ASSUMPTION_NAME]: 'breaker',
      [ATTR_LLM_FALLBACK_ASSUMPTION_STATE]: 'broken',
    }),
  ).toBe(1);
  const some = fc.subarray(scenario, { minLength: scenario.length, maxLength: scenario.length });
  const order = fc.shuffledSubarray(scenario, { minLength: scenario.length, maxLength: scenario.length });
  await fc.assert(
    fc.asyncProperty(order, some, fc.integer({ min: 1, max: 13 }), async (spans, again, size) => {
      const batches = Array.from({ length: Math.ceil(spans.length / size) }, (_, index) =>
        spans.slice(index * size, (index + 1) * size),
      );
      expect(gauges(await told(...batches, again))).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});
