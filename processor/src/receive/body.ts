/** A request's stream in, its whole body out. It stops at the limit: no byte past it is kept. */
import type { Readable } from 'node:stream';
import { AT_ONCE_BYTES } from './ingest.ts';
import type { Share } from './limits.ts';
import type { Patience } from './patience.ts';
import { tooLarge } from './refusal.ts';

/** A body as it came in. */
export interface Sent {
  readonly chunks: readonly Buffer[];
  readonly size: number;
}

/** Collects the body as it was sent. Rejects with a Refusal at the limit and when the time is up, and with the stream's error where it breaks. `headBytes` before the body do not count. */
export function readBody(
  request: Readable,
  limit: number,
  share: Share,
  patience: Patience,
  headBytes = 0,
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (error: unknown): void => {
      request.removeAllListeners('data');
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      try {
        if (size > limit + headBytes) throw tooLarge(limit);
        share.take(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        fail(error);
      }
    });
    request.once('end', () => resolve({ chunks, size }));
    request.once('error', fail);
    patience.up.catch(fail);
  });
}

/**
 * Makes one buffer of a body's chunks, which are gone then. Bodies that are read at once share one piece of memory: what is returned is
 * valid until the next body is joined, that is, until the caller gives way. `headBytes` before the body do not count.
 */
export function createJoiner(headBytes = 0): (sent: Sent) => Buffer {
  const scratch = Buffer.allocUnsafeSlow(AT_ONCE_BYTES + headBytes);
  return ({ chunks, size }) => {
    const [first] = chunks;
    if (chunks.length === 1 && first !== undefined) return first;
    const whole = size > scratch.length ? Buffer.allocUnsafeSlow(size) : scratch;
    let at = 0;
    for (const chunk of chunks) {
      at += chunk.copy(whole, at);
      release(chunk);
    }
    return whole.subarray(0, size);
  };
}

/**
 * Gives the memory of a chunk back now. Left to the collector, the chunks of hundreds of bodies pile up outside of its heap
 * first: half of what the process holds under load, and most of the collector's work.
 */
function release({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
