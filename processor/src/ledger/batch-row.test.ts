/** Of what one span says twice the same is kept, whichever came first, in one batch or in two. */
import { ATTR_ERROR_TYPE } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, freshId, start, T0 } from '../testdata/world.ts';

type Said = readonly [outcome: string, errorType?: string];

/** The last failure of `claude`, in each order and split. */
async function lastFailures(
  one: Said,
  other: Said,
  more: { spanId?: string; later?: number } = {},
): Promise<unknown[]> {
  const { spanId = freshId(), later = 0 } = more;
  const facts = ([outcome, errorType]: Said, endTime: number) => ({
    attributes: attempt('claude', 'fallback', outcome, errorType === undefined ? {} : { [ATTR_ERROR_TYPE]: errorType }),
    endTime,
    spanId,
  });
  const [a, b] = [facts(one, T0), facts(other, T0 + later)];
  const found: unknown[] = [];
  for (const batches of [[[a, b]], [[b, a]], [[a], [b]], [[b], [a]]]) {
    const world = await start();
    for (const spans of batches) await world.send(T0 + 10, ...spans);
    const { lastFailure } = world.target('claude');
    found.push([lastFailure?.outcome, lastFailure?.errorType]);
  }
  return found;
}

const each = <T>(value: T): T[] => [value, value, value, value];

describe('the last failure of a target', () => {
  const CASES: { name: string; one: Said; other: Said; kept: Said }[] = [
    { name: 'two outcomes', one: ['error', '503'], other: ['timeout', '500'], kept: ['timeout', '500'] },
    { name: 'two error types', one: ['error', '500'], other: ['error', '503'], kept: ['error', '503'] },
    { name: 'an error type or none', one: ['error', '500'], other: ['error'], kept: ['error', '500'] },
    { name: 'the same', one: ['error', '500'], other: ['error', '500'], kept: ['error', '500'] },
  ];
  it.each(CASES)('is one of them where a span says $name', async ({ one, other, kept }) => {
    expect(await lastFailures(one, other)).toEqual(each(kept));
    expect(await lastFailures(one, other, { spanId: '0'.repeat(16) })).toEqual(each(kept));
  });

  it('is the later one, whatever it says', async () => {
    expect(await lastFailures(['timeout', '503'], ['error', '500'], { later: 1 })).toEqual(each(['error', '500']));
  });

  it('is that of the greater ids at one time, whatever it says', async () => {
    for (const order of [1, -1]) {
      const world = await start();
      const spans = [
        { attributes: attempt('claude', 'fallback', 'timeout'), endTime: T0, spanId: '00000000000000a1' },
        { attributes: attempt('claude', 'fallback', 'error'), endTime: T0, spanId: '00000000000000b1' },
      ];
      await world.send(T0, ...(order > 0 ? spans : spans.toReversed()));
      expect(world.target('claude').lastFailure).toMatchObject({ outcome: 'error', spanId: '00000000000000b1' });
    }
  });
});
