/**
 * A compressed body goes in, its content comes out, up to a limit. The content's memory is given back by hand, so that the next body
 * finds it still warm: left to the garbage collector, it takes three times as long as inflating (test/bench/README.md).
 */
import {
  constants,
  gunzip,
  gunzipSync,
  inflateRaw,
  inflateRawSync,
  inflateSync,
  inflate as inflateZlib,
  type ZlibOptions,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import type { Gate } from './limits.ts';
import { MalformedRequest } from './malformed.ts';
import { tooLarge, wrongEncoding } from './refusal.ts';

export type Encoding = 'identity' | 'gzip' | 'zstd' | 'deflate';
export type Compression = Exclude<Encoding, 'identity'>;

const ENCODINGS: ReadonlyMap<string, Encoding> = new Map([
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['zstd', 'zstd'],
  ['deflate', 'deflate'],
]);

/** @throws Refusal where the encoding is unknown. */
export function encodingOf(header: string | undefined): Encoding {
  const name = (header ?? '').trim().toLowerCase();
  const encoding = ENCODINGS.get(name);
  if (encoding === undefined) throw wrongEncoding(name);
  return encoding;
}

/** A longer body is inflated by another thread: a hostile one takes half a millisecond for each KiB. */
const AT_ONCE_BYTES = 256 * 1024;
/**
 * Memory is taken in pieces of so many times the body, within bounds. Spans shrink less, so that one piece is enough: several would be
 * joined and left to the collector. What is not written to costs nothing.
 */
const MAX_USUAL_RATIO = 64;
const MIN_PIECE = 1024 * 1024;
const MAX_PIECE = 32 * 1024 * 1024;
/** 8 MiB, the window that RFC 8878 asks decoders to support and lets them refuse to exceed. */
const ZSTD_WINDOW_LOG = 23;

type Options = Pick<ZlibOptions, 'maxOutputLength' | 'chunkSize'>;

interface Inflater {
  now(body: Buffer, options: Options): Buffer;
  later(body: Buffer, options: Options, done: (error: Error | null, content: Buffer) => void): void;
}

const GZIP: Inflater = { now: gunzipSync, later: gunzip };
const ZLIB: Inflater = { now: inflateSync, later: inflateZlib };
const RAW: Inflater = { now: inflateRawSync, later: inflateRaw };
const ZSTD: Inflater = {
  now: (body, options) => zstdDecompressSync(body, { ...options, params: ZSTD_PARAMS }),
  later: (body, options, done) => zstdDecompress(body, { ...options, params: ZSTD_PARAMS }, done),
};
const ZSTD_PARAMS = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };

/** HTTP means the zlib format by "deflate" (RFC 9110, 8.4.1.2); many senders leave its header out. */
function inflaterOf(body: Buffer, compression: Compression): Inflater {
  if (compression === 'gzip') return GZIP;
  if (compression === 'zstd') return ZSTD;
  const isZlib = body.length >= 2 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
  return isZlib ? ZLIB : RAW;
}

/**
 * `read` gets the content and must be done with it when it resolves. Rejects with a Refusal where the content exceeds `limit` bytes, and
 * with MalformedRequest where it is damaged. The bytes of `body` may be used again once this returns.
 */
export async function inflate<T>(
  body: Buffer,
  compression: Compression,
  limit: number,
  gate: Gate,
  read: (content: Buffer) => T | Promise<T>,
): Promise<T> {
  const inflater = inflaterOf(body, compression);
  const chunkSize = Math.min(MAX_PIECE, Math.max(MIN_PIECE, body.length * MAX_USUAL_RATIO));
  const options = { maxOutputLength: limit, chunkSize };
  const problem = (error: unknown): Error => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limit);
    return new MalformedRequest(`the ${compression} content is damaged (${message})`);
  };
  const atOnce = (): Buffer => {
    try {
      return inflater.now(body, options);
    } catch (error) {
      throw problem(error);
    }
  };
  const byThread = (own: Buffer): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      inflater.later(own, options, (error, content) => (error === null ? resolve(content) : reject(problem(error))));
    });
  let content: Buffer;
  if (body.length <= AT_ONCE_BYTES) content = atOnce();
  else {
    const own = Buffer.from(body);
    content = await gate(() => byThread(own));
  }
  try {
    return await read(content);
  } finally {
    release(content);
  }
}

/** Pieces of this size are of one body only: Node.js shares memory among smaller buffers. */
function release({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= MIN_PIECE) buffer.transfer(0);
}
