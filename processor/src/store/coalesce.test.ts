import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Changes } from '../types/store.ts';
import { coalesce } from './coalesce.ts';
import { byOwner } from './contract.ts';
import { createMemoryStore } from './memory.ts';
import { anyChanges } from './testdata/changes.ts';
import { unordered } from './testdata/unordered.ts';

async function contentsAfter(...commits: readonly Changes[]): Promise<object> {
  const store = await createMemoryStore();
  for (const changes of commits) await store.commit(changes);
  const { window: _window, instanceId: _instanceId, ...records } = store.contents();
  return { ...records, ...byOwner(records) };
}

describe('changes that were coalesced', () => {
  it('leave behind what the same changes leave one by one, whatever was there before', async () => {
    await fc.assert(
      fc.asyncProperty(anyChanges, fc.array(anyChanges, { maxLength: 5 }), async (before, commits) => {
        const all = coalesce();
        for (const changes of commits) all.add(changes);
        const once = await contentsAfter(before, { ...all.changes, window: new Uint32Array(), windowAt: 0 });
        expect(unordered(once)).toEqual(unordered(await contentsAfter(before, ...commits)));
      }),
      { numRuns: 300 },
    );
  });

  it('hold each record once', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const all = coalesce();
        for (let times = 0; times < 3; times++) all.add(changes);
        const { owners } = all.changes;
        expect(owners.length).toBeLessThanOrEqual(changes.owners.length);
        for (const { series, facts } of owners) {
          expect(new Set(series.map(({ kind }) => `${kind.metric} ${kind.attributes}`)).size).toBe(series.length);
          expect(new Set(facts.map(({ kind }) => kind)).size).toBe(facts.length);
        }
      }),
    );
  });
});
