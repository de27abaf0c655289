import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GLOB_LENGTH, glob, literalLength } from './glob.ts';

/** What a glob means, as a reader would write it down: it tries every way, so only short texts may come. */
function means(pattern: string, text: string): boolean {
  const [wanted, ...rest] = pattern;
  if (wanted === undefined) return text === '';
  if (wanted === '*') return means(rest.join(''), text) || (text !== '' && means(pattern, text.slice(1)));
  return text !== '' && (wanted === '?' || wanted === text[0]) && means(rest.join(''), text.slice(1));
}

describe('a glob', () => {
  it.each([
    ['gpt-5', ['gpt-5'], ['gpt-5-mini', 'xgpt-5', 'GPT-5', '']],
    ['gpt-5*', ['gpt-5', 'gpt-5-mini', 'gpt-5\nmini'], ['gpt-4', 'xgpt-5']],
    ['*haiku', ['haiku', 'claude-haiku'], ['claude-haiku-4', 'haik']],
    ['*claude*haiku*', ['claudehaiku', 'eu.claude-3-haiku-v1'], ['haiku-claude', 'claude']],
    ['gpt-?o', ['gpt-4o', 'gpt-?o'], ['gpt-o', 'gpt-44o']],
    ['*', ['', 'anything'], []],
    ['**a**', ['a', 'ba', 'ab'], ['', 'b']],
    ['*a?', ['aa', 'aab', 'ab'], ['a', 'ba']],
    ['a.c', ['a.c'], ['abc']],
    ['[a](b)+|^$\\', ['[a](b)+|^$\\'], ['a']],
    ['?', ['a'], ['', 'ab']],
  ])('%s', (pattern, fitting, others) => {
    const fits = glob(pattern);
    for (const text of fitting) expect([text, fits(text)]).toEqual([text, true]);
    for (const text of others) expect([text, fits(text)]).toEqual([text, false]);
  });

  it('means one thing, whatever the pattern', () => {
    const letters = (more: string) => fc.string({ unit: fc.constantFrom('a', 'b', ...more), maxLength: 8 });
    fc.assert(
      fc.property(letters('*?'), letters('*'), (pattern, text) => {
        expect(glob(pattern)(text)).toBe(means(pattern, text));
      }),
    );
  });

  it.each([
    ['*claude*haiku*2025*', 'claudehaiku'.repeat(1489)],
    ['*a*a*a*a*a*a*a*a*b', 'a'.repeat(16_384)],
    ['*a*a*a*a*a*a*a*a*b*', 'a'.repeat(16_384)],
    [`*${'a?'.repeat(200)}b*`, 'a'.repeat(1024)],
  ])('takes a time that grows with the text: %s', (pattern, text) => {
    const fits = glob(pattern);
    const began = performance.now();
    for (let time = 0; time < 20; time++) expect(fits(text)).toBe(false);
    expect(performance.now() - began).toBeLessThan(500);
  });

  const rest = 'x'.repeat(GLOB_LENGTH);
  it.each([
    ['at its beginning, behind which anything may follow', 'gpt-5*', `gpt-5${rest}`, true],
    ['within the characters that are looked at', '*gpt-5*', `${'x'.repeat(GLOB_LENGTH - 5)}gpt-5${rest}`, true],
    ['behind them', '*gpt-5*', `${'x'.repeat(GLOB_LENGTH - 4)}gpt-5${rest}`, false],
    ['at its end', '*gpt-5', `${rest}gpt-5`, false],
    ['at the end of those that are looked at, which is not its own', '*x', rest + rest, false],
    ['as a whole', `gpt-5${rest}`, `gpt-5${rest}`, true],
  ])('fits a longer text %s', (_, pattern, text, expected) => {
    expect(glob(pattern)(text)).toBe(expected);
  });

  it('says more the more it spells out, and most where only one text fits', () => {
    const inOrder = ['*', 'gpt-?*', 'gpt-5*', 'gpt-5', 'gpt-5-m*', 'gpt-5-mini'];
    expect(inOrder.toReversed().sort((a, b) => literalLength(a) - literalLength(b))).toEqual(inOrder);
  });
});
