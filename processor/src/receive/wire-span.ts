/**
 * The one Span that the protobuf reader fills again for each span. Where ids, name and start stand is noted; they are read when a
 * stage asks for them, which of most spans none does. Nothing is allocated.
 */
import { ID_WORDS, PARENT_WORDS } from '../base/ids.ts';
import type { AttributeValue, ServiceIdentity, Span } from '../types/span.ts';
import { type Interner, MAX_TEXT_BYTES } from './intern.ts';
import { type Body, bodyOf, nanosToMillis } from './wire.ts';

const TRACE_WORDS = 4;
/** In the place of an id. */
export const WRONG_LENGTH = -1;

/** A class, because the engine looks up the fields of an object literal that has a getter in a dictionary: every stage would pay. */
export class WireSpan implements Span {
  body: Body = NOTHING;
  service: ServiceIdentity;
  isBare = false;
  unsampled = false;
  hasInvalidId = false;
  exceptionType: string | undefined = undefined;
  endTime = 0;
  statusCode = 0;
  values: readonly (AttributeValue | undefined)[] = [];
  resource: readonly (AttributeValue | undefined)[] = [];
  /** Places in the body: 0 where the span has no such field, {@link WRONG_LENGTH} where an id has another length. */
  traceIdAt = 0;
  spanIdAt = 0;
  parentIdAt = 0;
  startAt = 0;
  endAt = 0;
  nameAt = 0;
  nameEnd = 0;
  kind = 0;
  messageAt = 0;
  messageEnd = 0;
  /** The span's own part of the body, and whether its details were read. */
  from = 0;
  end = 0;
  hasDetails = false;
  readonly readDetails: () => void;
  readonly #ids = new Uint32Array(ID_WORDS);
  readonly #parent = new Uint32Array(PARENT_WORDS);
  readonly #interner: Interner;

  constructor(service: ServiceIdentity, interner: Interner, readDetails: () => void) {
    this.service = service;
    this.readDetails = readDetails;
    this.#interner = interner;
  }

  clear(): void {
    this.exceptionType = undefined;
    this.statusCode = 0;
    this.traceIdAt = 0;
    this.spanIdAt = 0;
    this.parentIdAt = 0;
    this.startAt = 0;
    this.endAt = 0;
    this.nameAt = 0;
    this.nameEnd = 0;
    this.kind = 0;
    this.messageAt = 0;
    this.messageEnd = 0;
  }

  /** No reference to the bytes is left. */
  forget(): void {
    this.body = NOTHING;
  }

  get ids(): Uint32Array {
    const { view } = this.body;
    const { traceIdAt, spanIdAt } = this;
    readWords(view, traceIdAt, this.#ids, 0, TRACE_WORDS);
    readWords(view, spanIdAt, this.#ids, TRACE_WORDS, ID_WORDS);
    return this.#ids;
  }

  get parent(): Uint32Array {
    readWords(this.body.view, this.parentIdAt, this.#parent, 0, PARENT_WORDS);
    return this.#parent;
  }

  get startTime(): number {
    return this.startAt === 0 ? 0 : nanosToMillis(this.body.view, this.startAt);
  }

  get name(): string {
    return this.#interner.text(this.body, this.nameAt, this.nameEnd);
  }

  get statusMessage(): string {
    const end = Math.min(this.messageEnd, this.messageAt + MAX_TEXT_BYTES);
    return this.messageAt === 0 ? '' : this.body.bytes.toString('utf8', this.messageAt, end);
  }
}

function readWords(view: DataView, at: number, into: Uint32Array, from: number, end: number): void {
  for (let word = from; word < end; word++) into[word] = at <= 0 ? 0 : view.getInt32(at + (word - from) * 4);
}

const NOTHING: Body = bodyOf(new Uint8Array(0));
