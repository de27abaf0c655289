import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Compression, encodingOf, inflate } from './inflate.ts';
import { createGate } from './limits.ts';
import { MalformedRequest } from './malformed.ts';
import { Refusal } from './refusal.ts';

const LIMIT = 20 * 1024 * 1024;
const gate = createGate(1);
/** Does not shrink, so that it is above what is inflated at once. */
const LONG = Buffer.from(Float64Array.from({ length: 100_000 }, (_, index) => Math.sin(index)).buffer);
const SHORT = Buffer.from('a few spans');

const FORMATS: readonly [string, Compression, (content: Buffer) => Buffer][] = [
  ['gzip', 'gzip', gzipSync],
  ['gzip in two members', 'gzip', (content) => Buffer.concat([gzipSync(content), gzipSync(Buffer.alloc(0))])],
  ['zstd', 'zstd', zstdCompressSync],
  ['deflate with the header of zlib', 'deflate', deflateSync],
  ['deflate without a header', 'deflate', deflateRawSync],
];
const CASES = FORMATS.flatMap(([name, compression, compress]) =>
  [SHORT, LONG, Buffer.alloc(0)].map(
    (content) => [name, content.length, compression, compress(content), content] as const,
  ),
);

describe('inflating', () => {
  it.each(CASES)('reads %s of %i bytes', async (_, __, compression, sent, content) => {
    const copy = await inflate(sent, compression, LIMIT, gate, (inflated) => Buffer.from(inflated));
    expect(copy.equals(content)).toBe(true);
  });

  it.each(CASES)('gives the memory of %s of %i bytes back once it is read', async (_, __, compression, sent) => {
    const content = await inflate(sent, compression, LIMIT, gate, (inflated) => inflated);
    expect(content.buffer.byteLength).toBe(0);
  });

  it('gives the memory back where reading fails', async () => {
    let content: Buffer = SHORT;
    const reading = inflate(gzipSync(SHORT), 'gzip', LIMIT, gate, (inflated) => {
      content = inflated;
      throw new MalformedRequest('no span');
    });
    await expect(reading).rejects.toThrow('no span');
    expect(content.buffer.byteLength).toBe(0);
  });

  it.each(CASES.filter(([, length]) => length > 0))(
    'refuses %s of %i bytes above the limit',
    async (_, length, compression, sent) => {
      const reading = inflate(sent, compression, length - 1, gate, () => 'read');
      await expect(reading).rejects.toBeInstanceOf(Refusal);
      await expect(inflate(sent, compression, length, gate, () => 'read')).resolves.toBe('read');
    },
  );

  it.each(CASES)('refuses %s of %i bytes that is cut off', async (_, __, compression, sent) => {
    const cut = sent.subarray(0, -1);
    await expect(inflate(cut, compression, LIMIT, gate, () => 'read')).rejects.toBeInstanceOf(MalformedRequest);
  });

  it('takes the bytes of a long body before it waits for its turn', async () => {
    const sent = gzipSync(LONG);
    const reading = inflate(sent, 'gzip', LIMIT, gate, (inflated) => Buffer.from(inflated));
    sent.fill(0);
    expect((await reading).equals(LONG)).toBe(true);
  });
});

describe('the encoding of a header', () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['Identity', 'identity'],
    [' GZIP ', 'gzip'],
    ['x-gzip', 'gzip'],
    ['zstd', 'zstd'],
    ['deflate', 'deflate'],
  ])('%j is %s', (header, encoding) => {
    expect(encodingOf(header)).toBe(encoding);
  });

  it.each(['br', 'gzip, gzip', 'constructor'])('%j is refused', (header) => {
    expect(() => encodingOf(header)).toThrow('send gzip, zstd, deflate or none');
  });
});
