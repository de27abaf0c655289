/** Breakers as the spans of chain(), opossum and cockatiel tell of them: their state, and on what they trip. */
import {
  ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
  METRIC_LLM_FALLBACK_BREAKER_STATUS,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attempt, freshId, T0, value, type World } from '../testdata/world.ts';
import { at, engaged, failed, rejected, served, stated, told } from './testdata/breakers.ts';

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

  it('is the one that was seen last, in whatever order the spans of a batch stand', async () => {
    const spans = [rejected(1000), served(2000), rejected(3000)];
    for (const order of [spans, spans.toReversed(), [spans[2], spans[0], spans[1]]]) {
      expect(states(await told(order.flatMap((each) => each ?? [])))).toEqual([['llm', 'open']]);
    }
  });

  it('is as old as the start of the call: a slow one that began before does not close an open breaker', async () => {
    const world = await told([rejected(500)], [failed('timeout', 0, 9000)]);
    expect(states(world)).toEqual([['llm', 'open']]);
  });

  it('is as old as the end of a call whose start is missing, or lies ahead like an end that was clamped', async () => {
    const since = async (facts: { startTime: number; endTime: number }): Promise<number | undefined> => {
      const world = await told([{ ...served(0), ...facts }]);
      return world.snapshot().chains[0]?.breakers[0]?.since.at;
    };
    expect(await since({ startTime: 0, endTime: T0 + 5 })).toBe(T0 + 5);
    expect(await since({ startTime: T0 + 4_000_000, endTime: T0 + 5_000_000 })).toBe(T0 + 60_000);
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
    // Of a breaker around a client that leaves no span for a failed call this is all that there is.
    expect(assumption(await told([fallback('422')]))?.state).toBe('broken');
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
