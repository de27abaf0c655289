/** The one Span object that a reader fills again for each span, so that reading a span allocates nothing. */
import { ID_WORDS, PARENT_WORDS } from '../ids.ts';
import type { AttributeValue, ServiceIdentity, Span } from '../types/span.ts';

/** A class, because the engine looks up the fields of an object literal that has a getter in a dictionary: every stage would pay. */
export class ReusedSpan implements Span {
  service: ServiceIdentity;
  readonly ids: Uint32Array = new Uint32Array(ID_WORDS);
  readonly parent: Uint32Array = new Uint32Array(PARENT_WORDS);
  exceptionType: string | undefined = undefined;
  unsampled = false;
  startTime = 0;
  endTime = 0;
  statusCode = 0;
  values: readonly (AttributeValue | undefined)[] = [];
  resource: readonly (AttributeValue | undefined)[] = [];
  readonly #nameOf: () => string;

  /** `nameOf` is asked only when a stage looks at the name: few do. */
  constructor(service: ServiceIdentity, nameOf: () => string) {
    this.service = service;
    this.#nameOf = nameOf;
  }

  get name(): string {
    return this.#nameOf();
  }
}
