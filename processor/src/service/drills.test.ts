/** Leases of practice runs: one at a time, for what is due, and never in an outage. */
import { describe, expect, it } from 'vitest';
import { attempt, start, T0 } from '../testdata/world.ts';
import { createLeases } from './drills.ts';

const ASKED = { chain: 'summarize', service: 'shop', namespace: '', environment: '' };

type Told = readonly [target: string, type: string, outcome: string, ago: number];

async function world(...spans: readonly Told[]) {
  const made = await start();
  await made.send(
    T0,
    ...spans.map(([target, type, outcome, ago]) => ({ attributes: attempt(target, type, outcome), endTime: T0 - ago })),
  );
  return made;
}

describe('a lease', () => {
  it('names the target that is due, and is granted once until it ends', async () => {
    const { snapshot } = await world(['gpt', 'primary', 'success', 0]);
    const leases = createLeases();
    expect(leases.lease(ASKED, snapshot())).toEqual({
      granted: true,
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      target: 'claude',
      expires_at: new Date(T0 + 300_000).toISOString(),
    });
    expect(leases.lease(ASKED, snapshot())).toEqual({ granted: false, reason: 'taken' });
    expect(leases.lease(ASKED, { ...snapshot(), now: T0 + 300_000 })).toMatchObject({ granted: true });
  });

  it.each([
    [
      'not_due',
      [
        ['gpt', 'primary', 'success', 0],
        ['claude', 'fallback', 'success', 0],
        ['rules', 'heuristic', 'success', 0],
      ],
    ],
    [
      'failing_over',
      [
        ['gpt', 'primary', 'success', 10],
        ['gpt', 'primary', 'error', 0],
      ],
    ],
    [
      'failing_over',
      [
        ['gpt', 'primary', 'success', 10],
        ['claude', 'fallback', 'success', 0],
      ],
    ],
  ] as [string, readonly Told[]][])('is refused: %s', async (reason, spans) => {
    const { snapshot } = await world(...spans);
    expect(createLeases().lease(ASKED, snapshot())).toEqual({ granted: false, reason });
  });

  it('is not due for a chain that nobody knows', async () => {
    const { snapshot } = await world(['gpt', 'primary', 'success', 0]);
    expect(createLeases().lease({ ...ASKED, service: 'other' }, snapshot())).toEqual({
      granted: false,
      reason: 'not_due',
    });
  });

  it('is refused where the target could not bear the load', async () => {
    const { snapshot } = await world(['gpt', 'primary', 'success', 0]);
    const limit = {
      limit: 'p95_latency' as const,
      headroom: 0.5,
      declared: 1,
      projected: 2,
      unit: 's',
      calls: 9,
      load: 1,
    };
    const found = snapshot();
    const targets = found.targets.map((target) => ({ ...target, headroom: [limit] }));
    expect(createLeases().lease(ASKED, { ...found, targets })).toEqual({ granted: false, reason: 'no_headroom' });
  });
});
