import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyTable } from '../base/keys.ts';
import { createNormaliser } from '../normalise/normalise.ts';
import { createKeyMatcher } from './key-matcher.ts';
import { bodyOf } from './wire.ts';

const keys = createKeyTable();
createNormaliser(keys, 256);
const NAMES = [...keys.names, 'team', 'ab', 'a', ''];

const matcher = createKeyMatcher(NAMES);
const match = (bytes: Uint8Array): number => matcher.match(bodyOf(bytes), 0, bytes.length);

describe('key matcher', () => {
  it('finds the slot of every name', () => {
    expect(NAMES.map((name) => match(Buffer.from(name)))).toEqual([...NAMES.keys()]);
  });

  it('never takes for a name what differs from it in a byte, or in its length', () => {
    const name = fc.constantFrom(...NAMES.filter((each) => each !== ''));
    fc.assert(
      fc.property(name, fc.nat(), fc.integer({ min: 1, max: 255 }), (text, place, change) => {
        const bytes = Buffer.from(text);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ change;
        expect(match(bytes)).toBe(NAMES.indexOf(bytes.toString('latin1')));
        for (const other of [`${text}x`, `x${text}`, text.slice(0, -1)])
          expect(match(Buffer.from(other))).toBe(NAMES.indexOf(other));
      }),
      { numRuns: 2000 },
    );
  });
});
