/** A span's own id, its parent's and its trace's, kept as words: of most traces nobody ever asks for them as hex. */
import { ID_WORDS, spanIdOf, traceIdOf } from '../base/ids.ts';
import type { Span } from '../types/span.ts';

/** A class, because the engine looks up the fields of an object literal that has a getter in a dictionary. */
export class SpanRef {
  // As signed words: the engine keeps those in place, and allocates a number beyond 2^31.
  #trace0 = 0;
  #trace1 = 0;
  #trace2 = 0;
  #trace3 = 0;
  #span0 = 0;
  #span1 = 0;
  #parent0 = 0;
  #parent1 = 0;

  constructor(span: Pick<Span, 'ids' | 'parent'>) {
    this.refer(span);
  }

  refer({ ids, parent }: Pick<Span, 'ids' | 'parent'>): void {
    this.#trace0 = (ids[0] ?? 0) | 0;
    this.#trace1 = (ids[1] ?? 0) | 0;
    this.#trace2 = (ids[2] ?? 0) | 0;
    this.#trace3 = (ids[3] ?? 0) | 0;
    this.#span0 = (ids[4] ?? 0) | 0;
    this.#span1 = (ids[5] ?? 0) | 0;
    this.#parent0 = (parent[0] ?? 0) | 0;
    this.#parent1 = (parent[1] ?? 0) | 0;
  }

  /** Empty where it is all zero, as are the other two. */
  get traceId(): string {
    words.set([this.#trace0, this.#trace1, this.#trace2, this.#trace3]);
    return traceIdOf(words);
  }

  get spanId(): string {
    words.set([this.#span0, this.#span1], SPAN_WORD);
    return spanIdOf(words);
  }

  get parentId(): string {
    words.set([this.#parent0, this.#parent1], SPAN_WORD);
    return spanIdOf(words);
  }

  get hasIds(): boolean {
    return (this.#trace0 | this.#trace1 | this.#trace2 | this.#trace3) !== 0 && (this.#span0 | this.#span1) !== 0;
  }

  get hasParent(): boolean {
    return (this.#parent0 | this.#parent1) !== 0;
  }

  /** 53 bits of the half of the trace's id that is random in every format: no two traces of the window have them in common. */
  get traceKey(): number {
    return (this.#trace2 & 0x1f_ffff) * 4_294_967_296 + (this.#trace3 >>> 0);
  }
}

const words = new Uint32Array(ID_WORDS);
const SPAN_WORD = 4;
