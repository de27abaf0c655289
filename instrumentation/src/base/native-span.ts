/**
 * The span that a client starts for its own call, taken over for the time of that call: it gets our attributes from its
 * creation on, and does not end before we have said how the call ended. No second span is started.
 */
import type { Attributes, Context, Span, SpanOptions, TimeInput, Tracer } from '@opentelemetry/api';
import type { NativeTracing } from '../types/call.ts';
import { finishBefore } from './after-answer.ts';
import { fields } from './read.ts';
import { guarded } from './report.ts';

/** How `@anthropic-ai/sdk` from 0.134 traces: a tracer on the client, or the span of a helper in the request's options. */
export function nativeTracing(client: unknown, options: unknown): NativeTracing | undefined {
  const ofHelper = fields(fields(options).__span).span;
  if (isSpan(ofHelper)) {
    return {
      run(attributes, fn) {
        guarded("a client's span could not be tagged", () => ofHelper.setAttributes(attributes), undefined);
        return { result: fn(), span: ofHelper };
      },
    };
  }
  if (!isTraced(client)) return undefined;
  guarded("a client's own SDK could not be asked to wait", () => finishBefore(providerOf(client)), undefined);
  return { run: (attributes, fn) => runTraced(client, attributes, fn) };
}

/** One given to the client alone, of which we hear nowhere else. */
function providerOf(client: unknown): object | undefined {
  const { tracerProvider } = fields(fields(client).openTelemetry);
  return typeof tracerProvider === 'object' && tracerProvider !== null ? tracerProvider : undefined;
}

interface TracedClient {
  _tracer: Tracer;
}

function runTraced<T>(
  client: TracedClient,
  attributes: Attributes,
  fn: () => T,
): { readonly result: T; readonly span: Span | undefined } {
  const tracer = client._tracer;
  let found: Span | undefined;
  const startSpan = (name: string, options?: SpanOptions, context?: Context): Span => {
    const span = tracer.startSpan(name, { ...options, attributes: { ...attributes, ...options?.attributes } }, context);
    found ??= span;
    return span;
  };
  // The method starts its span before its first await: nobody else can run in between.
  const tagging = new Proxy(tracer, {
    get: (target, key) => (key === 'startSpan' ? startSpan : Reflect.get(target, key, target)),
  });
  if (!replaceTracer(client, tagging)) return { result: fn(), span: undefined };
  try {
    return { result: fn(), span: found };
  } finally {
    replaceTracer(client, tracer);
  }
}

interface Held {
  readonly end: Span['end'];
  holders: number;
  time: TimeInput | undefined;
}

/** By span, so that calls that share one (a helper's rounds) hold it together. */
const held = new WeakMap<Span, Held>();

/**
 * Keeps the client from ending its span until `release` is called, by every holder where there are several; then the span ends at the
 * time at which the client wanted it to, or later, when the client does.
 */
export function holdSpan(span: Span): () => void {
  const hold = held.get(span) ?? { end: span.end, holders: 0, time: undefined };
  if (hold.holders === 0) {
    held.set(span, hold);
    span.end = (time?: TimeInput): void => {
      hold.time ??= time ?? Date.now();
    };
  }
  hold.holders += 1;
  let released = false;
  return () => {
    if (released) return;
    released = true;
    hold.holders -= 1;
    if (hold.holders > 0) return;
    held.delete(span);
    span.end = hold.end;
    if (hold.time !== undefined) span.end(hold.time);
  };
}

function replaceTracer(client: TracedClient, tracer: Tracer): boolean {
  return guarded(
    "a client's tracer could not be reached",
    () => {
      client._tracer = tracer;
      return true;
    },
    false,
  );
}

function isTraced(client: unknown): client is TracedClient {
  return typeof fields(fields(client)._tracer).startSpan === 'function';
}

/** Whether `value` looks like a span of any tracer. */
export function isSpan(value: unknown): value is Span {
  return typeof fields(value).setAttributes === 'function' && typeof fields(value).end === 'function';
}
