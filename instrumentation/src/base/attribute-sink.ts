/** Where the attributes of a call's end are written: the span itself, or an object where the channel is to say the same. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** A span is one. An object made of a call's attributes only to be copied onto its span is garbage at each call. */
export interface AttributeSink {
  setAttribute(name: string, value: AttributeValue): unknown;
}

/** Writes into `attributes`. */
export function keepIn(attributes: Attributes): AttributeSink {
  return {
    setAttribute(name, value) {
      attributes[name] = value;
    },
  };
}
