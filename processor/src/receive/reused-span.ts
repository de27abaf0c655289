/** The one Span object that the JSON reader fills again for each span. */
import { ID_WORDS, PARENT_WORDS } from '../base/ids.ts';
import type { ServiceIdentity, Span } from '../types/span.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export const reusedSpan = (service: ServiceIdentity): Mutable<Span> => ({
  service,
  ids: new Uint32Array(ID_WORDS),
  parent: new Uint32Array(PARENT_WORDS),
  exceptionType: undefined,
  unsampled: false,
  hasInvalidId: false,
  isBare: false,
  name: '',
  kind: 0,
  startTime: 0,
  endTime: 0,
  statusCode: 0,
  statusMessage: '',
  values: [],
  resource: [],
});
