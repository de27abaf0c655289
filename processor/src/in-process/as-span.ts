/** What happens in this process as spans that the pipeline reads: channel messages, other instrumentations' spans, declared chains. */
import {
  ATTR_EXCEPTION_TYPE,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  type CallMessage,
  type ChainDeclaration,
  SPAN_NAME_LLM_FALLBACK_DECLARE,
} from '@warmspare/semconv';
import { ID_WORDS, PARENT_WORDS, setIds, setParent } from '../base/ids.ts';
import { textsOf } from '../base/texts.ts';
import type { AttributeValue, KeyTable, ServiceIdentity, Span } from '../types/span.ts';

/** The part of a finished SDK span that is read; the same in SDK 2.x and 3.x. */
export interface FinishedSpan {
  readonly name: string;
  /** Of OpenTelemetry's API: one less than OTLP's. */
  readonly kind?: number;
  /** Seconds and nanoseconds. */
  readonly startTime: [number, number];
  readonly endTime: [number, number];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message?: string };
  readonly events?: readonly { readonly attributes?: Readonly<Record<string, unknown>> }[];
  readonly parentSpanContext?: { readonly spanId: string };
  spanContext(): { readonly traceId: string; readonly spanId: string };
}

export interface SpanMaker {
  /** `parent`: the id of the span around it, where that is known. */
  ofMessage(message: CallMessage, parent?: string): Span;
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
    rest: Required<Pick<Span, 'kind' | 'statusMessage'>> &
      Pick<Span, 'statusCode' | 'exceptionType' | 'unsampled'> & { readonly parent?: string | undefined },
  ): Span => {
    const ids = new Uint32Array(ID_WORDS);
    const parent = new Uint32Array(PARENT_WORDS);
    const isContext = !context || setIds(ids, context.traceId, context.spanId);
    const isParent = setParent(parent, rest.parent ?? '');
    const { kind, statusCode, statusMessage, exceptionType, unsampled } = rest;
    const values = keys.names.map((key) => readable(attributes[key]));
    return {
      service,
      ids,
      parent,
      hasInvalidId: !isContext || !isParent,
      name: name.toWellFormed(),
      kind,
      startTime,
      endTime,
      statusCode,
      statusMessage: statusMessage.toWellFormed(),
      exceptionType: exceptionType?.toWellFormed(),
      unsampled,
      values,
      resource: [],
    };
  };
  return {
    ofMessage: ({ name, startTime, endTime, attributes, spanContext }, parent) =>
      span(name, startTime, endTime, attributes, spanContext, { ...MESSAGE, parent }),
    ofSpan: (ended) =>
      span(
        ended.name,
        milliseconds(ended.startTime),
        milliseconds(ended.endTime),
        ended.attributes,
        ended.spanContext(),
        {
          kind: (ended.kind ?? -1) + 1,
          statusCode: ended.status.code,
          statusMessage: ended.status.message ?? '',
          exceptionType: exceptionOf(ended),
          unsampled: false,
          parent: ended.parentSpanContext?.spanId,
        },
      ),
    ofDeclaration({ name, targets }, at) {
      const attributes = {
        [ATTR_LLM_FALLBACK_CHAIN_NAME]: name,
        [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: targets.map((target) => target.name),
        [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: targets.map((target) => target.type),
      };
      return span(SPAN_NAME_LLM_FALLBACK_DECLARE, at, at, attributes, undefined, MESSAGE);
    },
  };
}

/** Every call has its message, sampled or not. */
const MESSAGE = { kind: 0, statusCode: 0, statusMessage: '', exceptionType: undefined, unsampled: true } as const;

function exceptionOf({ events }: FinishedSpan): string | undefined {
  const last = events?.findLast(({ attributes }) => typeof attributes?.[ATTR_EXCEPTION_TYPE] === 'string');
  const type = last?.attributes?.[ATTR_EXCEPTION_TYPE];
  return typeof type === 'string' ? type : undefined;
}

function milliseconds([seconds, nanoseconds]: [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}

function readable(value: unknown): AttributeValue | undefined {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const texts = Array.isArray(value) ? textsOf(value) : undefined;
  return texts?.every((text) => text.isWellFormed()) === false ? texts.map((text) => text.toWellFormed()) : texts;
}
