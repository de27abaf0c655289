/** What happens in this process as spans that the pipeline reads: channel messages, other instrumentations' spans, declared chains. */
import {
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  type CallMessage,
  type ChainDeclaration,
  SPAN_NAME_LLM_FALLBACK_DECLARE,
} from '@warmspare/semconv';
import { ID_WORDS, setIds } from '../ids.ts';
import type { AttributeValue, KeyTable, ServiceIdentity, Span } from '../types/span.ts';

/** The part of a finished SDK span that is read; the same in SDK 2.x and 3.x. */
export interface FinishedSpan {
  readonly name: string;
  /** Seconds and nanoseconds. */
  readonly startTime: [number, number];
  readonly endTime: [number, number];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number };
  spanContext(): { readonly traceId: string; readonly spanId: string };
}

export interface SpanMaker {
  ofMessage(message: CallMessage): Span;
  ofSpan(span: FinishedSpan): Span;
  ofDeclaration(declaration: ChainDeclaration, at: number): Span;
}

export function createSpanMaker(keys: KeyTable, service: ServiceIdentity): SpanMaker {
  const span = (
    name: string,
    startTime: number,
    endTime: number,
    attributes: Readonly<Record<string, unknown>>,
    context: { readonly traceId: string; readonly spanId: string } | undefined,
    statusCode: number,
  ): Span => {
    const ids = new Uint32Array(ID_WORDS);
    if (context) setIds(ids, context.traceId, context.spanId);
    const values = keys.names.map((key) => readable(attributes[key]));
    return { service, ids, name, startTime, endTime, statusCode, values, resource: [] };
  };
  return {
    ofMessage: ({ name, startTime, endTime, attributes, spanContext }) =>
      span(name, startTime, endTime, attributes, spanContext, 0),
    ofSpan: (ended) =>
      span(
        ended.name,
        milliseconds(ended.startTime),
        milliseconds(ended.endTime),
        ended.attributes,
        ended.spanContext(),
        ended.status.code,
      ),
    ofDeclaration({ name, targets }, at) {
      const attributes = {
        [ATTR_LLM_FALLBACK_CHAIN_NAME]: name,
        [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: targets.map((target) => target.name),
        [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: targets.map((target) => target.type),
      };
      return span(SPAN_NAME_LLM_FALLBACK_DECLARE, at, at, attributes, undefined, 0);
    },
  };
}

function milliseconds([seconds, nanoseconds]: [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}

function readable(value: unknown): AttributeValue | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return isTextList(value) ? value : undefined;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
