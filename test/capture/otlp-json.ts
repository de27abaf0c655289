/** An ExportTraceServiceRequest as OTLP/JSON (hex ids, 64-bit numbers as text), and without what names a machine's folders. */
import { RequestType } from '../bench/reference.ts';

export function otlpJson(body: Uint8Array): unknown {
  const message = RequestType.toObject(RequestType.decode(body), { longs: String });
  return JSON.parse(JSON.stringify(message, (_, value: unknown) => (isBytes(value) ? hex(value.data) : value)));
}

/** Puts another text for each folder: the spans are encoded again. */
export function withoutPaths(body: Uint8Array, places: readonly (readonly [string, string])[]): Uint8Array {
  const message = RequestType.toObject(RequestType.decode(body), { longs: String });
  return RequestType.encode(RequestType.fromObject(rewritten(message, places) as object)).finish();
}

function rewritten(value: unknown, places: readonly (readonly [string, string])[]): unknown {
  if (typeof value === 'string') return places.reduce((text, [place, shown]) => text.replaceAll(place, shown), value);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => rewritten(item, places));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rewritten(item, places)]));
}

/** What `JSON.stringify` makes of a Buffer before the replacer sees it. */
function isBytes(value: unknown): value is { readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString('hex');
