/** The one Span object that a reader fills again for each span, so that reading a span allocates nothing. */
import { ID_WORDS, PARENT_WORDS } from '../ids.ts';
import type { AttributeValue, ServiceIdentity, Span } from '../types/span.ts';

export type ReusedSpan = { -readonly [Key in Exclude<keyof Span, 'name' | 'values' | 'resource'>]: Span[Key] } & {
  readonly name: string;
  values: readonly (AttributeValue | undefined)[];
  resource: readonly (AttributeValue | undefined)[];
};

/** `nameOf` is asked only when a stage looks at the name: few do. */
export function createReusedSpan(service: ServiceIdentity, nameOf: () => string): ReusedSpan {
  return {
    service,
    ids: new Uint32Array(ID_WORDS),
    parent: new Uint32Array(PARENT_WORDS),
    exceptionType: undefined,
    unsampled: false,
    get name() {
      return nameOf();
    },
    startTime: 0,
    endTime: 0,
    statusCode: 0,
    values: [],
    resource: [],
  };
}
