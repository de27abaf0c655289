/** How a body is read: in pieces, between which others get their turn. */
import type { Span } from '../types/span.ts';

/** Ends with the number of spans. Whoever reads several bodies by one reader reads each to its end before the next. */
export type Pieces = Generator<undefined, number, undefined>;

export interface SpanReader {
  /**
   * Calls `onSpan` for each span in the order of the bytes, some in each piece. Throws MalformedRequest, or a Refusal where there are more
   * values than may be, possibly after the first spans were handed on: the caller drops the whole batch then.
   */
  pieces(request: Uint8Array, onSpan: (span: Span) => void): Pieces;
  /** All pieces at once. */
  read(request: Uint8Array, onSpan: (span: Span) => void): number;
}

export function readAll(pieces: Pieces): number {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}
