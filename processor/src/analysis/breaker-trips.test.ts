/** When a breaker tripped, how long that took, and on which failure. */
import { describe, expect, it } from 'vitest';
import { attempt, confirmClock, start, T0, type World } from '../testdata/world.ts';
import { at, engaged, failed, rejected, type Spans, served, stated, told, trips } from './testdata/breakers.ts';

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
    const [failure, opening] = [failed('500', 1000), rejected(2000)];
    expect(trips(await told([cancelled, failure], [opening]))).toEqual([{ sum: 1, count: 1 }]);
    expect(trips(await told([cancelled, failure, opening]))).toEqual([{ sum: 1, count: 1 }]);
    expect(trips(await told([cancelled, opening]))).toEqual([]);
  });

  it('begins with the first failure after the last success, however many there are in one batch', async () => {
    const outage = Array.from({ length: 100 }, (_, index) => failed('500', index * 10));
    const second = Array.from({ length: 30 }, (_, index) => failed('503', 2000 + index * 10));
    expect(trips(await told([...outage, served(1500), ...second, rejected(3000)]))).toEqual([{ sum: 1, count: 1 }]);
  });

  it('begins after the last success of a batch, in whatever order its spans stand', async () => {
    const [newest, failure, opening] = [served(5000), failed('500', 4000), rejected(6000)];
    for (const batch of [
      [newest, served(3000), failure],
      [served(3000), newest, failure],
    ]) {
      expect(trips(await told(batch, [opening]))).toEqual([]);
    }
  });

  it('is told of a failure that does not say why it failed, too', async () => {
    const failure = { ...at(1000, 1000), attributes: attempt('gpt', 'primary', 'error', stated('closed')) };
    const world = await told([failure, rejected(2000)]);
    expect(world.snapshot().chains[0]?.breakers).toMatchObject([
      { trip: { seconds: 1, signal: { because: 'error' } } },
    ]);
  });

  it('begins after the breaker was open before, though nothing succeeded between', async () => {
    const spans = [failed('500', 0), rejected(1000), failed('500', 40_000), rejected(40_500)];
    const twice = [{ sum: 1.5, count: 2 }];
    expect(trips(await told(spans))).toEqual(twice);
    expect(trips(await told(...spans.map((each) => [each])))).toEqual(twice);
  });

  const TIES: { name: string; spans: Spans; expected: unknown }[] = [
    { name: 'a failure and a success', spans: [failed('500', 1000), served(1000), rejected(1100)], expected: [] },
    { name: 'a success and the opening', spans: [failed('500', 900), served(1000), rejected(1000)], expected: [] },
    {
      name: 'the failure that saw it closed and the call that saw it open again',
      spans: [failed('500', 0), rejected(1000), served(5000, 5000, 'half_open'), failed('500', 6000), rejected(6000)],
      expected: [{ sum: 1, count: 2 }],
    },
    {
      name: 'the opening and a call that still went through, with the next one after its failure',
      spans: [failed('500', 0), rejected(1000), failed('500', 1000, 1001), rejected(1002)],
      expected: [{ sum: 1, count: 1 }],
    },
    {
      name: 'nothing: a failure 100 ms late',
      spans: [rejected(1000), failed('500', 0, 1100)],
      expected: [{ sum: 0, count: 1 }],
    },
    { name: 'nothing: a failure 101 ms late', spans: [rejected(1000), failed('500', 0, 1101)], expected: [] },
    {
      name: 'nothing: a failure that is told of after a later success',
      spans: [served(500), failed('500', 0), rejected(1000)],
      expected: [],
    },
  ];
  it.each(TIES)('is told alike in one batch and in many, at one time: $name', async ({ spans, expected }) => {
    expect(trips(await told(spans))).toEqual(expected);
    expect(trips(await told(spans.toReversed()))).toEqual(expected);
    expect(trips(await told(...spans.map((each) => [each])))).toEqual(expected);
    const [first, ...rest] = spans;
    expect(trips(await told(first ? [first] : [], rest))).toEqual(expected);
  });

  it('is told of a failure that arrives after the opening, over what comes between and a restart, unless the primary had succeeded', async () => {
    const opening = rejected(1700);
    const between = engaged('error', 1000, 1200);
    const unnamed = { ...at(1500, 1500), attributes: attempt('gpt', 'primary', 'success') };
    for (const [came, expected] of [
      [between, [{ sum: 0.7, count: 1 }]],
      [unnamed, []],
    ] as const) {
      const before = await told([opening], [came]);
      const world = await start({ from: before.store, now: T0 + 60_000 });
      await world.send(T0 + 60_000, failed('500', 1000));
      expect(trips(world)).toEqual(expected);
    }
  });

  it('waits for its failure from now on where a clock ran ahead', async () => {
    const ahead = 90 * 86_400_000;
    const before = await start({ now: T0 + ahead });
    await before.send(T0 + ahead, served(ahead - 1), rejected(ahead));
    const again = async (endsAfter: number): Promise<unknown> => {
      const world = await confirmClock(await start({ from: before.store, now: T0 }));
      await world.send(T0 + 60_000, failed('500', endsAfter));
      return trips(world);
    };
    expect(await again(50)).toEqual([{ sum: 0, count: 1 }]);
    expect(await again(101)).toEqual([]);
  });

  it('is kept of the breakers that are kept', async () => {
    const spans = Array.from({ length: 40 }, (_, index) => ({
      ...at(1000 + index, 1000 + index),
      attributes: attempt('gpt', 'primary', 'error', stated('open', `breaker-${index}`)),
    }));
    const kept = (world: World): unknown[] =>
      world.store
        .contents()
        .chains.map(({ facts }) =>
          (['trips', 'unexplained'] as const).map((each) => Object.keys(facts.failover?.[each] ?? {}).length),
        );
    expect(kept(await told([failed('500', 0, 0), ...spans]))).toEqual([[16, 0]]);
    expect(kept(await told(spans))).toEqual([[0, 16]]);
  });
});
