import { expect, it } from 'vitest';
import type { AttributeValue } from '../types/span.ts';
import { countOf, numberOf, textOf } from './attribute-values.ts';

it.each<[AttributeValue | undefined, number | undefined]>([
  [120, 120],
  ['120', 120],
  ['0.0000228', 0.0000228],
  ['007', 7],
  ['', undefined],
  [' 120', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['-1', undefined],
  ['+1', undefined],
  ['1,200', undefined],
  ['.5', undefined],
  ['5.', undefined],
  ['Infinity', undefined],
  ['12 tokens', undefined],
  ['1'.repeat(33), undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [true, undefined],
  [['120'], undefined],
  [undefined, undefined],
])('reads %o as the number %o', (value, number) => {
  expect(numberOf(value)).toBe(number);
});

it('counts only whole numbers from 0 on', () => {
  expect([0, '2', 1.5, -1, '1.5'].map(countOf)).toEqual([0, 2, undefined, undefined, undefined]);
});

it('takes an empty text for none', () => {
  expect(['a', '', 1].map(textOf)).toEqual(['a', undefined, undefined]);
});
