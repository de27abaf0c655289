import { describe, expect, it } from 'vitest';
import { cut } from './texts.ts';

describe('cutting a text', () => {
  it.each([
    ['short', 5, 'short'],
    ['longer', 4, 'long'],
    ['ab\u{1f600}', 4, 'ab\u{1f600}'],
    ['ab\u{1f600}', 3, 'ab\ufffd'],
    ['\u{1f600}\u{1f600}', 1, '\ufffd'],
  ])('%j to %i is %j', (text, length, expected) => {
    expect(cut(text, length)).toBe(expected);
  });
});
