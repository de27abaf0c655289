/** When a target's headroom makes its capacity hold, break or remain unverified, and in which words. */
import { expect, it } from 'vitest';
import { DAY, DEFAULTS, T0 } from '../testdata/world.ts';
import type { Exercised } from '../types/facts.ts';
import type { HeadroomSnapshot } from '../types/snapshot.ts';
import { assumptionsOf } from './assumptions.ts';

/** Of a target that was exercised at T0, with these limits. */
const judged = (headroom: readonly HeadroomSnapshot[], now = T0, exercised: readonly Exercised[] = [CALL]) =>
  assumptionsOf(
    {
      routeType: 'heuristic',
      rank: 2,
      declaredAt: T0 - 5000,
      facts: { exercised },
      failover: undefined,
      contract: [],
      headroom,
      policy: DEFAULTS,
    },
    now,
  )[0];
const CALL: Exercised = { at: T0, traceId: 'a', spanId: 'b' };
const room = (limit: HeadroomSnapshot['limit'], of: Partial<HeadroomSnapshot>): HeadroomSnapshot => ({
  limit,
  headroom: 2,
  declared: 8,
  projected: 4,
  unit: 's',
  calls: 3,
  load: 1,
  ...of,
});

it('holds exactly at a limit, and until exactly its maximum age', () => {
  const headroom = [room('p95_latency', { headroom: 1 })];
  expect(judged(headroom)).toMatchObject({ name: 'capacity', state: 'holds', since: T0 });
  expect(judged(headroom, T0 + 7 * DAY)).toMatchObject({ state: 'holds', since: T0 });
  expect(judged(headroom, T0 + 7 * DAY + 1)).toMatchObject({ state: 'unverified', since: T0 + 7 * DAY });
  expect(judged([room('p95_latency', { headroom: 0.999 })])).toMatchObject({ state: 'broken', since: T0 });
});

it('is broken by one limit though another is unknown, and stays so past its age', () => {
  const headroom = [
    room('p95_latency', { headroom: 0.5 }),
    room('cost_per_hour', { headroom: undefined, projected: undefined }),
  ];
  expect(judged(headroom, T0 + 400 * DAY)).toMatchObject({ state: 'broken', since: T0 });
  expect(judged(headroom)?.words).not.toContain('cost_per_hour');
});

it('says what is missing: the load, or what its calls told, and names every limit that lacks it', () => {
  const without = (calls: number, load: number | undefined): Partial<HeadroomSnapshot> => ({
    headroom: undefined,
    projected: undefined,
    calls,
    load,
  });
  const untold = judged([room('tokens_per_minute', without(0, 1)), room('cost_per_hour', without(3, undefined))]);
  expect(untold).toMatchObject({ state: 'unverified', since: T0 - 5000, by: { spanId: 'b' } });
  expect(untold?.words).toBe('none of its calls told what is needed to hold it against `tokens_per_minute`');
  const unloaded = judged([room('p95_latency', { load: undefined }), room('cost_per_hour', without(3, undefined))]);
  expect(unloaded?.words).toContain('present load is not known');
  expect(unloaded?.words).toContain('`p95_latency`, `cost_per_hour`');
  expect(judged([room('p95_latency', {})], T0, [])).toMatchObject({ state: 'unverified', by: undefined });
});

it('rests on as many calls as the limit that rests on least', () => {
  const words = (...calls: number[]) => judged(calls.map((each) => room('cost_per_hour', { calls: each })))?.words;
  expect(words(7, 2, 5)).toContain(', by its last 2 calls');
  expect(words(7, 1)).toContain(', by its last call');
});
