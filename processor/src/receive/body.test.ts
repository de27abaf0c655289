import { describe, expect, it } from 'vitest';
import { createJoiner } from './body.ts';

const chunk = (text: string): Buffer => {
  const bytes = Buffer.allocUnsafeSlow(text.length);
  bytes.write(text);
  return bytes;
};

describe('joining the chunks of a body', () => {
  it('gives the memory of each chunk back at once', () => {
    const chunks = [chunk('one '), chunk('body')];
    const joined = createJoiner()({ chunks, size: 8 });
    expect(joined.toString()).toBe('one body');
    expect(chunks.map(({ length }) => length)).toEqual([0, 0]);
  });

  it('leaves memory alone that a chunk shares with others', () => {
    const shared = chunk('one body');
    const chunks = [shared.subarray(0, 4), shared.subarray(4)];
    expect(createJoiner()({ chunks, size: 8 }).toString()).toBe('one body');
    expect(shared.toString()).toBe('one body');
  });

  it('joins bodies larger than the shared memory too', () => {
    const half = 'x'.repeat(1024 * 1024);
    const joined = createJoiner()({ chunks: [chunk(half), chunk(half)], size: 2 * half.length });
    expect(joined.toString()).toBe(half + half);
  });
});
