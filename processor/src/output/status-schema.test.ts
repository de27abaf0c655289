import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { attempt, start, T0 } from '../testdata/world.ts';
import { statusDocument } from './status-json.ts';
import { readStatusQuery } from './status-query.ts';
import { statusJsonSchema, statusSchema } from './status-schema.ts';
import { now, row, sighting, snapshotOf, support } from './testdata/snapshots.ts';

const strict = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

it('is in the package as it is generated', () => {
  const file = readFileSync(new URL('../../status.schema.json', import.meta.url), 'utf8');
  expect(file, 'run `npm run generate`').toBe(statusJsonSchema());
  expect(JSON.parse(file)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' });
});

it('takes documents, and knows every field of them', async () => {
  const world = await start();
  await world.send(T0, { attributes: attempt('gpt', 'primary', 'error'), endTime: T0 });
  await world.send(T0, { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + 10 });
  const failed = { ...sighting(1), outcome: 'error', errorType: '503' };
  const schema = { name: 'schema', state: 'broken', since: now, words: 'w', by: sighting(1), remedy: 'r' } as const;
  const revision = { revision: 'r', firstSeen: sighting(1), lastSeen: now };
  const full = snapshotOf(
    [
      row('c', 'p', undefined, { rank: 0, lastUnserved: failed, lastFailure: failed, lastAttempt: failed }),
      row('c', 'f', 'stale', {
        lastSuccess: sighting(30),
        lastSuccessKind: 'drill',
        lastServed: sighting(30),
        assumptions: [schema],
        drift: [{ part: 'model', revisions: [revision], atLeast: true }],
        headroom: [
          { limit: 'cost_per_hour', headroom: 1, declared: 1, projected: 1, unit: 'USD/h', calls: 1, load: 1 },
        ],
        inferred: true,
        turns: [{ ...sighting(1), outcome: 'error', kind: 'drill', errorType: '404' }],
      }),
    ],
    [],
    {
      chains: [
        {
          service: support,
          chain: 'c',
          attributes: {},
          contract: [{ part: 'model', current: 'r', revisions: [revision], unstable: true, forgottenAt: now }],
          breakers: [
            {
              name: 'b',
              state: 'open',
              since: sighting(1),
              trip: { at: now, seconds: 1, signal: { ...sighting(1), because: 'x' } },
            },
          ],
          detection: { mean: 1, p50: 1, p95: 1, calls: 20 },
          runs: { exhausted: 1, unprotected: 1 },
        },
      ],
      unassigned: [
        { service: support, provider: 'openai', requestModel: 'm', calls: 1, lastSeen: now, insteadOf: 'n' },
      ],
      unknownWords: [{ table: 'operation', word: 'w', count: 1 }],
    },
  );
  for (const snapshot of [world.snapshot(), full, snapshotOf([])]) {
    const document = strict(statusDocument(snapshot, ['a problem']));
    // What the schema does not know is left out when it is read.
    expect(statusSchema.parse(document)).toEqual(document);
    const narrowed = strict(statusDocument(snapshot, [], readStatusQuery({ target: 'f' })));
    expect(statusSchema.parse(narrowed)).toEqual(narrowed);
  }
});

it('refuses a document of another version', () => {
  expect(statusSchema.safeParse({ ...statusDocument(snapshotOf([])), version: 2 }).success).toBe(false);
});
