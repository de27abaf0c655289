/** The fields of OTLP trace messages that are read, as they stand on the wire: field number times eight plus wire type. */

export const REQUEST_RESOURCE_SPANS = 0x0a;
export const RESOURCE_SPANS_RESOURCE = 0x0a;
export const RESOURCE_SPANS_SCOPE_SPANS = 0x12;
export const RESOURCE_SPANS_SCHEMA_URL = 0x1a;
/** `instrumentation_library_spans` of opentelemetry-proto 0.15 to 0.18; before, and for what stands in it, the numbers are today's. */
export const RESOURCE_SPANS_LIBRARY_SPANS = 0x1f42;
export const RESOURCE_ATTRIBUTES = 0x0a;
export const SCOPE_SPANS_SCOPE = 0x0a;
export const SCOPE_SPANS_SPANS = 0x12;
export const SCOPE_SPANS_SCHEMA_URL = 0x1a;
export const SCOPE_NAME = 0x0a;
export const SPAN_TRACE_ID = 0x0a;
export const SPAN_SPAN_ID = 0x12;
export const SPAN_PARENT_ID = 0x22;
export const SPAN_NAME = 0x2a;
export const SPAN_KIND = 0x30;
export const SPAN_START = 0x39;
export const SPAN_END = 0x41;
export const SPAN_ATTRIBUTES = 0x4a;
export const SPAN_EVENT = 0x5a;
export const EVENT_ATTRIBUTES = 0x1a;
export const SPAN_STATUS = 0x7a;
/** Of two bytes; a fixed word of four. */
export const SPAN_FLAGS = 0x0185;
/** The wire types of a span's fields by their numbers, of which the first is 1. */
export const SPAN_WIRE_TYPES: readonly number[] = [2, 2, 2, 2, 2, 0, 1, 1, 2, 0, 2, 0, 2, 0, 2, 5];
export const STATUS_MESSAGE = 0x12;
export const STATUS_CODE = 0x18;
export const KEY_VALUE_KEY = 0x0a;
export const KEY_VALUE_VALUE = 0x12;
export const VALUE_STRING = 0x0a;
export const VALUE_BOOL = 0x10;
export const VALUE_INT = 0x18;
export const VALUE_DOUBLE = 0x21;
export const VALUE_ARRAY = 0x2a;
export const VALUE_MAP = 0x32;
export const VALUE_BYTES = 0x3a;
export const ARRAY_VALUES = 0x0a;
