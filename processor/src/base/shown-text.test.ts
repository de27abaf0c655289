import { describe, expect, it } from 'vitest';
import { shownDocument, shownOutput, shownText, withoutUserInfo } from './shown-text.ts';

describe('text that is shown', () => {
  it.each([
    ['C0', 'a\u001b[2Jb\u0007', 'a\\u001b[2Jb\\u0007'],
    ['C1', 'a\u009b31mb', 'a\\u009b31mb'],
    ['DEL', 'a\u007fb', 'a\\u007fb'],
    ['overrides of direction', 'gpt\u202e5-tpg\u2066', 'gpt\\u202e5-tpg\\u2066'],
    ['separators of lines', 'a\u2028b\u2029c\nd', 'a\\u2028b\\u2029c\\nd'.replace('\\nd', '\\u000ad')],
  ])('has escapes for %s', (_, text, shown) => {
    expect(shownText(text)).toBe(shown);
    expect(shownDocument({ list: [{ text }] })).toEqual({ list: [{ text: shown }] });
  });

  it('keeps letters of every script, and the colours and lines of what is written', () => {
    const text = '\u001b[31mgrün 模型 نموذج 👩‍🚀\u001b[0m\n';
    expect(shownOutput(text)).toBe(text);
  });

  it('means the same in JSON', () => {
    const value = { name: 'a\u009b\u202e\u2028\u001b' };
    expect(JSON.parse(shownOutput(JSON.stringify(value)))).toEqual(value);
  });

  it('has no user of a URL', () => {
    expect(withoutUserInfo('at http://user:pass@host:1/x, not a@b')).toBe('at http://***@host:1/x, not a@b');
  });
});
