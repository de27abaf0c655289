import { describe, expect, it } from 'vitest';
import { textStream } from './text-stream.ts';

function* counting(seen: string[]): Generator<string, void, undefined> {
  try {
    for (const piece of ['a', 'ü', 'c']) {
      seen.push(piece);
      yield piece;
    }
  } finally {
    seen.push('end');
  }
}

describe('a stream of text', () => {
  it('gives the pieces as UTF-8, one after the other', async () => {
    expect(await new Response(textStream(counting([]))).text()).toBe('aüc');
  });

  it('takes no piece before it is asked for', async () => {
    const seen: string[] = [];
    const reader = textStream(counting(seen)).getReader();
    await Promise.resolve();
    expect(seen).toEqual([]);
    await reader.read();
    expect(seen).toEqual(['a']);
  });

  it('takes no more once its reader has gone away', async () => {
    const seen: string[] = [];
    const reader = textStream(counting(seen)).getReader();
    await reader.read();
    await reader.cancel();
    expect(seen).toEqual(['a', 'end']);
  });

  it('breaks where a piece cannot be made, so that half a text is not taken for the whole', async () => {
    function* failing(): Generator<string, void, undefined> {
      yield 'a';
      throw new Error('no more');
    }
    await expect(new Response(textStream(failing())).text()).rejects.toThrow('no more');
  });
});
