/** A breaker's trips are the same, however the spans of its story are split into batches and ordered within them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshId, start, T0, type World } from '../testdata/world.ts';
import { engaged, failed, rejected, type Spans, served, trips as tripsIn } from './testdata/breakers.ts';

/** One trip after the other, and what each comes to. */
const episode = fc.record({
  servedBefore: fc.nat(2),
  errors: fc.array(fc.constantFrom('503', '429', '400'), { minLength: 1, maxLength: 4 }),
  /** The last failure is closed a moment after the first call that was let through no more. */
  isLate: fc.boolean(),
  rejections: fc.integer({ min: 1, max: 3 }),
  failedTrials: fc.nat(2),
});
const story = fc
  .array(episode, { minLength: 1, maxLength: 3 })
  .chain((episodes) => fc.record({ episodes: fc.constant(episodes), recovers: fc.boolean() }));
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

interface Told {
  /** As they end. */
  readonly spans: Spans;
  readonly trips: readonly { readonly at: number; readonly seconds: number; readonly because: string }[];
}

function tell({ episodes, recovers }: Story): Told {
  const spans: Spans = [];
  const trips: Told['trips'][number][] = [];
  let now = 0;
  const later = (by: number): number => {
    now += by;
    return now;
  };
  for (const [index, { servedBefore, errors, isLate, rejections, failedTrials }] of episodes.entries()) {
    for (let count = 0; count < servedBefore; count++) spans.push(served(later(1000)));
    const first = now + 1000;
    const last = errors.at(-1) ?? '';
    for (const error of errors.slice(0, -1)) spans.push(failed(error, later(1000)));
    const lastAt = later(1000);
    if (!isLate) spans.push(failed(last, lastAt));
    const at = later(10);
    spans.push(rejected(at), engaged('breaker_open', at));
    if (isLate) spans.push(failed(last, lastAt, later(50)));
    const began = isLate && errors.length === 1 ? at : first;
    trips.push({ at: T0 + at, seconds: (at - began) / 1000, because: last });
    for (let count = 1; count < rejections; count++) spans.push(rejected(later(500)), engaged('breaker_open', now));
    for (let count = 0; count < failedTrials; count++) {
      spans.push(failed('500', later(30_000), now, 'half_open'), rejected(later(500)));
    }
    if (index < episodes.length - 1 || recovers)
      spans.push(served(later(30_000), now, 'half_open'), served(later(500)));
  }
  return { spans: spans.map((facts) => ({ ...facts, spanId: freshId() })), trips };
}

const RECEIVED = T0 + 3_600_000;

async function sent(batches: readonly Spans[], restarts = false): Promise<World> {
  let world = await start({ now: RECEIVED });
  for (const spans of batches) {
    await world.send(RECEIVED, ...spans);
    if (restarts) world = await start({ from: world.store, now: RECEIVED });
  }
  return world;
}

function shown(world: World) {
  // Sums of fractions depend on their order.
  const durations = tripsIn(world).map(({ sum, count }) => ({ count, milliseconds: Math.round(sum * 1000) }));
  const [breaker] = world.snapshot().chains[0]?.breakers ?? [];
  const assumption = world.target('claude').assumptions.find(({ name }) => name === 'breaker');
  return { durations, breaker, assumption };
}

function expected({ trips }: Told) {
  const sum = trips.reduce((all, { seconds }) => all + seconds, 0);
  const newest = trips.at(-1);
  return {
    durations: [{ count: trips.length, milliseconds: Math.round(sum * 1000) }],
    breaker: { trip: newest && { at: newest.at, seconds: newest.seconds, signal: { because: newest.because } } },
  };
}

const split = (spans: Spans, sizes: readonly number[]): Spans[] => {
  const batches: Spans[] = [];
  let rest = spans;
  for (let index = 0; rest.length > 0; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    batches.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return batches;
};
const shuffled = (spans: Spans, seed: number): Spans => spans.toSorted((a, b) => rank(a, seed) - rank(b, seed));
const rank = ({ spanId = '' }: Spans[number], seed: number): number =>
  (Number.parseInt(spanId, 16) * 2_654_435_761 + seed * 40_503) % 4093;

const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });

describe("a breaker's trips", () => {
  it('are found where each failure, the opening and the recovery is a batch, and where all of it is one', async () => {
    const told: Told = {
      spans: [
        served(0),
        failed('503', 1000),
        failed('503', 2000),
        rejected(2500),
        served(32_500, 32_500, 'half_open'),
        served(33_000),
      ],
      trips: [{ at: T0 + 2500, seconds: 1.5, because: '503' }],
    };
    for (const size of [1, 2, 3, 4, 5, 6]) {
      const world = await sent(split(told.spans, [size]));
      expect([size, shown(world)]).toMatchObject([size, expected(told)]);
    }
  });

  it('are found again and again within one batch, each once', async () => {
    const spans = [0, 60_000, 120_000].flatMap((at) => [failed('503', at), rejected(at + 700), served(at + 30_700)]);
    expect(shown(await sent([spans.toReversed()])).durations).toEqual([{ count: 3, milliseconds: 2100 }]);
  });

  it('are the same, however the spans of a story are split into batches, ordered within them and repeated, over restarts', async () => {
    await fc.assert(
      fc.asyncProperty(
        story,
        sizes,
        fc.nat(),
        fc.boolean(),
        fc.boolean(),
        async (drawn, of, seed, repeats, restarts) => {
          const told = tell(drawn);
          const whole = shown(await sent([told.spans]));
          expect(whole).toMatchObject(expected(told));
          const batches = split(told.spans, of).map((spans) => shuffled(spans, seed));
          const world = await sent(
            repeats ? batches.flatMap((spans, index) => [spans, batches[index - 1] ?? [], spans]) : batches,
            restarts,
          );
          expect(shown(world)).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are found where the opening arrives before its failures, whatever else comes between', async () => {
    const [failure, opening, recovery] = [failed('503', 1000), rejected(1700), served(31_700)];
    const one = { durations: [{ count: 1, milliseconds: 700 }], breaker: { trip: { signal: { because: '503' } } } };
    expect(shown(await sent([[opening], [failure]]))).toMatchObject(one);
    expect(shown(await sent([[opening], [served(0)], [failure], [recovery]], true))).toMatchObject(one);
    expect(shown(await sent([[opening], [recovery], [failure]]))).toMatchObject(one);
    // A failure before the last success opened nothing, whenever that is told.
    expect(shown(await sent([[opening], [served(1200)], [failure]])).durations).toEqual([]);
  });
});
