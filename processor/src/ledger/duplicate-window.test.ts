import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setIds } from '../base/ids.ts';
import { createIdSet, createWindow, hashHigh, hashLow, hasIds } from './duplicate-window.ts';

/** Few low words, so that probes collide. */
const hash = fc.tuple(fc.nat(3), fc.constantFrom(0, 1, 16, 17, 0xfffffff0));

const words = (hashes: readonly (readonly [number, number])[]): Uint32Array => new Uint32Array(hashes.flat());

describe('the duplicate window', () => {
  it('knows the newest hashes and no others, as a plain list does', () => {
    fc.assert(
      fc.property(fc.array(fc.array(hash, { maxLength: 6 }), { maxLength: 20 }), (commits) => {
        const capacity = 8;
        const window = createWindow(capacity);
        let model: { high: number; low: number; at: number }[] = [];
        let evicted = false;
        for (const [at, commit] of commits.entries()) {
          window.add(words(commit), at);
          for (const [high, low] of commit) {
            if (model.some((known) => known.high === high && known.low === low)) continue;
            model.push({ high, low, at });
            evicted ||= model.length > capacity;
            model = model.slice(-capacity);
          }
          expect(window.size).toBe(model.length);
          expect(window.since).toBe(evicted ? (model[0]?.at ?? 0) : Number.NEGATIVE_INFINITY);
        }
        for (const high of [0, 1, 2, 3]) {
          for (const low of [0, 1, 16, 17, 0xfffffff0]) {
            expect(window.has(high, low)).toBe(model.some((known) => known.high === high && known.low === low));
          }
        }
      }),
    );
  });
  it('finds a hash that collisions drove far from its place, when those it collided with are gone', () => {
    const capacity = 300;
    const slots = 1024;
    const window = createWindow(capacity);
    const colliding = Array.from({ length: 100 }, (_, index) => [index, slots * index] as const);
    const inPlace = Array.from({ length: 80 }, (_, index) => [index, 100 + index] as const);
    const far = [7, slots * 200] as const;
    const others = Array.from({ length: 120 + 99 }, (_, index) => [index, 400 + index] as const);
    window.add(words([...colliding, ...inPlace, far]), 1);
    for (const each of others) {
      window.add(words([each]), 2);
      expect(window.has(...far)).toBe(true);
    }
    expect(colliding.map((each) => window.has(...each)).filter((known) => known)).toHaveLength(0);
  });
});

describe('a growing set of hashes', () => {
  it('agrees with a plain set, through growth', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { maxLength: 2000, minLength: 600 }), (hashes) => {
        const set = createIdSet();
        const model = new Set<string>();
        for (const [high, low] of hashes) {
          expect(set.add(high, low)).toBe(!model.has(`${high} ${low}`));
          model.add(`${high} ${low}`);
        }
        expect(set.size).toBe(model.size);
        expect(set.has(51, 0)).toBe(false);
        const copy = createIdSet();
        copy.addAll(set.hashes());
        expect(copy.hashes()).toEqual(set.hashes());
        expect(set.clear()).toBe(true);
        expect([set.size, set.has(hashes[0]?.[0] ?? 0, hashes[0]?.[1] ?? 0)]).toEqual([0, false]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the hash of trace and span id', () => {
  const ids = (traceId: string, spanId: string): Uint32Array => {
    const out = new Uint32Array(6);
    setIds(out, traceId, spanId);
    return out;
  };

  it('differs where ids are counted up by one', () => {
    const seen = new Set<string>();
    for (let count = 1; count <= 20_000; count++) {
      const of = ids('0'.repeat(31).concat('1'), count.toString(16).padStart(16, '0'));
      seen.add(`${hashHigh(of)} ${hashLow(of)}`);
    }
    expect(seen.size).toBe(20_000);
  });

  it('is not taken of a zero trace id or a zero span id', () => {
    expect(hasIds(ids('0'.repeat(32), 'a'.repeat(16)))).toBe(false);
    expect(hasIds(ids('a'.repeat(32), '0'.repeat(16)))).toBe(false);
    expect(hasIds(ids('a'.repeat(32), 'not sixteen'))).toBe(false);
    expect(hasIds(ids(`${'0'.repeat(31)}1`, `${'0'.repeat(15)}1`))).toBe(true);
  });
});
