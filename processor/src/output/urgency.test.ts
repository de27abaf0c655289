import { describe, expect, it } from 'vitest';
import type { TargetSnapshot } from '../types/snapshot.ts';
import { now, row, sighting, snapshotOf, support } from './testdata/snapshots.ts';
import { chainStandings, mostUrgentFirst, type Urgency } from './urgency.ts';

const failed = (hoursAgo: number) => ({ ...sighting(hoursAgo), outcome: 'error', errorType: '503' });
const primary = (more: Partial<TargetSnapshot> = {}, chain = 'c') => row(chain, 'gpt', undefined, { rank: 0, ...more });
const spare = (state: TargetSnapshot['state'], more: Partial<TargetSnapshot> = {}, chain = 'c') =>
  row(chain, 'claude', state, more);
const last = (more: Partial<TargetSnapshot> = {}) =>
  row('c', 'rules', 'fresh', { rank: 2, routeType: 'heuristic', ...more });
const broken = {
  name: 'schema',
  state: 'broken',
  since: now,
  by: undefined,
  words: 'broken',
  remedy: 'repair it',
} as const;

const cases: readonly (readonly [
  name: string,
  targets: readonly TargetSnapshot[],
  Urgency,
  number | undefined,
  number,
])[] = [
  ['nothing ran yet', [primary(), spare('fresh'), last()], 'fine', undefined, 2],
  ['the primary serves', [primary({ lastServed: sighting(1) }), spare('fresh'), last()], 'fine', 0, 2],
  [
    'the primary serves again after a failure',
    [primary({ lastServed: sighting(1), lastUnserved: failed(2) }), spare('fresh', { lastServed: sighting(2) })],
    'fine',
    0,
    1,
  ],
  [
    'the primary fails and the fallback serves',
    [
      primary({ lastServed: sighting(3), lastUnserved: failed(2) }),
      spare('fresh', { lastServed: sighting(2) }),
      last(),
    ],
    'on_fallback',
    1,
    1,
  ],
  [
    'a fallback serves although the primary does not fail',
    [primary({ lastServed: sighting(3) }), spare('fresh', { lastServed: sighting(2) })],
    'on_fallback',
    1,
    0,
  ],
  [
    'the last target serves',
    [
      primary({ lastUnserved: failed(2) }),
      spare('failing', { lastUnserved: failed(2) }),
      last({ lastServed: sighting(2) }),
    ],
    'on_fallback',
    2,
    0,
  ],
  [
    'the target below the serving one is broken',
    [
      primary({ lastUnserved: failed(2) }),
      spare('fresh', { lastServed: sighting(1) }),
      last({ assumptions: [broken] }),
    ],
    'on_fallback',
    1,
    0,
  ],
  [
    'the primary fails and so does the fallback',
    [
      primary({ lastServed: sighting(9), lastUnserved: failed(2) }),
      spare('failing', { lastServed: sighting(8), lastUnserved: failed(2) }),
      last(),
    ],
    'users_affected',
    1,
    1,
  ],
  [
    'the primary fails and nothing was tried after it',
    [primary({ lastServed: sighting(3), lastUnserved: failed(2) }), spare('fresh', { lastServed: sighting(30) })],
    'users_affected',
    0,
    1,
  ],
  [
    'a drill of the fallback works while the primary fails',
    [primary({ lastUnserved: failed(2) }), spare('fresh', { lastSuccess: sighting(1), lastSuccessKind: 'drill' })],
    'users_affected',
    undefined,
    1,
  ],
  [
    'the primary fails on an inferred chain',
    [primary({ lastUnserved: failed(2), inferred: true }), spare('fresh', { lastServed: sighting(2), inferred: true })],
    'fine',
    undefined,
    1,
  ],
  ['a fallback fails', [primary({ lastServed: sighting(1) }), spare('failing')], 'would_not_hold', 0, 0],
  [
    'a fallback was never exercised',
    [primary({ lastServed: sighting(1) }), spare('never_exercised')],
    'would_not_hold',
    0,
    0,
  ],
  ['a fallback is stale', [primary(), spare('stale')], 'would_not_hold', undefined, 0],
  ['an assumption is broken', [primary(), spare('fresh', { assumptions: [broken] })], 'would_not_hold', undefined, 0],
];

describe('the urgency of a chain', () => {
  it.each(cases)('%s', (_, targets, urgency, rank, spares) => {
    const [standing] = chainStandings(snapshotOf(targets));
    expect({ urgency: standing?.urgency, rank: standing?.serving?.rank, spares: standing?.spares }).toEqual({
      urgency,
      rank,
      spares,
    });
  });

  it('tells since when a chain runs on a fallback: the first failure of the primary, else its last answer', () => {
    const targets = [
      primary({ lastServed: sighting(9), lastUnserved: failed(2) }),
      spare('fresh', { lastServed: sighting(1) }),
    ];
    const chain = { service: support, chain: 'c', attributes: {}, contract: [], breakers: [], detection: undefined };
    const sinceOf = (more: object) =>
      chainStandings(snapshotOf(targets, [], { chains: [{ ...chain, ...more }] }))[0]?.serving?.since;
    expect(sinceOf({ primaryFailingSince: sighting(5).at })).toBe(sighting(5).at);
    expect(sinceOf({})).toBe(sighting(9).at);
  });
});

describe('the order of chains', () => {
  it('is by urgency, then by the newest failure, the fewest spares and the worst fallback', () => {
    const chains: Readonly<Record<string, readonly TargetSnapshot[]>> = {
      fine: [primary({}, 'fine')],
      stale: [spare('stale', {}, 'stale')],
      never: [spare('never_exercised', {}, 'never')],
      broken: [spare('fresh', { assumptions: [broken] }, 'broken')],
      failing: [spare('failing', {}, 'failing')],
      'with a spare': [
        spare('fresh', { lastServed: sighting(1) }, 'with a spare'),
        row('with a spare', 'r', 'fresh', { rank: 2 }),
      ],
      'no spare': [spare('fresh', { lastServed: sighting(1) }, 'no spare')],
      older: [primary({ lastUnserved: failed(9) }, 'older')],
      newer: [primary({ lastUnserved: failed(1) }, 'newer')],
    };
    const order = mostUrgentFirst(chainStandings(snapshotOf(Object.values(chains).flat())));
    expect(order.map(({ targets }) => targets[0]?.chain)).toEqual([
      'newer',
      'older',
      'no spare',
      'with a spare',
      'failing',
      'broken',
      'never',
      'stale',
      'fine',
    ]);
  });
});
