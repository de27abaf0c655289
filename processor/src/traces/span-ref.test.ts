import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ID_WORDS, PARENT_WORDS, setIds, setParent } from '../base/ids.ts';
import { SpanRef } from './span-ref.ts';

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
      .map((all) => all.join('')),
    fc.constant('0'.repeat(digits)),
    fc.constant('f'.repeat(digits)),
  );

const idOf = (text: string): string => (/^0*$/.test(text) ? '' : text);

describe('a span in its trace', () => {
  it('gives back the ids that it was made of, the zero ones as missing', () => {
    fc.assert(
      fc.property(hex(32), hex(16), hex(16), (traceId, spanId, parentId) => {
        const ids = new Uint32Array(ID_WORDS);
        const parent = new Uint32Array(PARENT_WORDS);
        setIds(ids, traceId, spanId);
        setParent(parent, parentId);
        const ref = new SpanRef({ ids, parent });
        expect([ref.traceId, ref.spanId, ref.parentId]).toEqual([idOf(traceId), idOf(spanId), idOf(parentId)]);
        expect(ref.hasIds).toBe(idOf(traceId) !== '' && idOf(spanId) !== '');
        expect(ref.hasParent).toBe(idOf(parentId) !== '');
        expect(ref.traceKey).toBe(Number(BigInt(`0x${traceId}`) & 0x1f_ffff_ffff_ffffn));
      }),
    );
  });
});
