/** What one would write without a reader of one's own: protobufjs decodes the whole request, then the same pipeline takes its spans. */

import { SCOPE_NAME_EVIDENCE } from '@warmspare/semconv';
import { createIdentities } from '../../processor/src/receive/service-identity.ts';
import type { Batch } from '../../processor/src/types/pipeline.ts';
import type { AttributeValue, KeyTable, ServiceIdentity, Span } from '../../processor/src/types/span.ts';
import { RequestType } from './reference.ts';

/** What of `Long` is used here. */
interface Int64 {
  toNumber(): number;
}
/** protobufjs' own objects, as `decode` gives them without a conversion. */
interface Message {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes: readonly Pair[] };
    readonly scopeSpans: readonly {
      readonly scope?: { readonly name: string };
      readonly spans: readonly DecodedSpan[];
    }[];
  }[];
}
interface DecodedSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly events: readonly { readonly attributes: readonly Pair[] }[];
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: Int64;
  readonly endTimeUnixNano: Int64;
  readonly attributes: readonly Pair[];
  readonly status?: { readonly code: number; readonly message: string };
}
interface Value {
  readonly value?:
    | 'stringValue'
    | 'boolValue'
    | 'intValue'
    | 'doubleValue'
    | 'arrayValue'
    | 'kvlistValue'
    | 'bytesValue';
  readonly stringValue: string;
  readonly boolValue: boolean;
  readonly intValue: Int64;
  readonly doubleValue: number;
  readonly arrayValue: { readonly values: readonly Value[] };
}
interface Pair {
  readonly key: string;
  readonly value?: Value;
}

/** Fills batches from request bodies. */
export function createFullDecoder(keys: KeyTable): (body: Uint8Array, batch: Batch) => void {
  const identities = createIdentities();
  const lists = new Map<string, readonly string[]>();
  const ids = new Uint32Array(6);
  const parent = new Uint32Array(2);

  function readValue(value: Value | undefined): AttributeValue | undefined {
    switch (value?.value) {
      case 'stringValue':
        return value.stringValue;
      case 'boolValue':
        return value.boolValue;
      case 'intValue':
        return value.intValue.toNumber();
      case 'doubleValue':
        return value.doubleValue;
      case 'arrayValue':
        return listOf(value.arrayValue.values);
      default:
        return undefined;
    }
  }

  function listOf(values: readonly Value[]): readonly string[] | undefined {
    if (!values.every((item) => item.value === 'stringValue')) return undefined;
    const list = values.map((item) => item.stringValue);
    const key = list.join('\0');
    const known = lists.get(key);
    if (known === undefined) lists.set(key, list);
    return known ?? list;
  }

  function slotsOf(attributes: readonly Pair[]): Pick<Span, 'values' | 'isBare'> {
    const values: (AttributeValue | undefined)[] = new Array(keys.names.length).fill(undefined);
    let isBare = true;
    for (const pair of attributes) {
      const slot = keys.slot(pair.key);
      if (slot < 0) continue;
      values[slot] = readValue(pair.value);
      isBare = false;
    }
    return { values, isBare };
  }

  function serviceOf(attributes: readonly Pair[]): ServiceIdentity {
    const of = (name: string): AttributeValue | undefined =>
      readValue(attributes.find((pair) => pair.key === name)?.value);
    return identities.of(
      of('service.namespace'),
      of('service.name'),
      of('deployment.environment.name'),
      of('deployment.environment'),
    );
  }

  return (body, batch) => {
    const request = RequestType.decode(body) as unknown as Message;
    for (const group of request.resourceSpans) {
      const attributes = group.resource?.attributes ?? [];
      const service = serviceOf(attributes);
      const { values: resource } = slotsOf(attributes);
      for (const scope of group.scopeSpans) {
        for (const span of scope.spans) {
          for (let word = 0; word < 4; word++)
            ids[word] = span.traceId.length === 16 ? span.traceId.readUInt32BE(word * 4) : 0;
          for (let word = 0; word < 2; word++)
            ids[4 + word] = span.spanId.length === 8 ? span.spanId.readUInt32BE(word * 4) : 0;
          for (let word = 0; word < 2; word++)
            parent[word] = span.parentSpanId.length === 8 ? span.parentSpanId.readUInt32BE(word * 4) : 0;
          const exception = span.events
            .flatMap((event) => event.attributes)
            .findLast((pair) => pair.key === 'exception.type');
          const type = readValue(exception?.value);
          batch.add({
            service,
            ids,
            parent,
            exceptionType: typeof type === 'string' ? type : undefined,
            unsampled: scope.scope?.name === SCOPE_NAME_EVIDENCE,
            name: span.name,
            kind: span.kind,
            startTime: millis(span.startTimeUnixNano),
            endTime: millis(span.endTimeUnixNano),
            statusCode: span.status?.code ?? 0,
            statusMessage: span.status?.message ?? '',
            ...slotsOf(span.attributes),
            resource,
          });
        }
      }
    }
  };
}

/** One double holds nanoseconds to 128 ns: rounded to the microsecond. */
const millis = (nanos: Int64): number => Math.round(nanos.toNumber() / 1e3) / 1e3;
