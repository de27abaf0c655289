/**
 * One span and its message on the channel, opened and ended together so that both say the same. Whatever fails here is reported
 * and never thrown; without an SDK the message alone is sent.
 */
import { randomBytes } from 'node:crypto';
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { CallMessage } from '@warmspare/semconv';
import { guarded, reportOnce } from '../base/report.ts';
import { VERSION } from '../base/version.ts';
import { hasCallSubscribers, publishCall } from './channel.ts';

/** What tracers know this package as. */
const SCOPE_NAME = '@warmspare/instrumentation';

export interface SpanRecord {
  /** Parent of the spans inside. */
  readonly context: Context;
  /** Its id; without an SDK one of its own, so that what is inside can name it. */
  readonly spanId: string;
  /** Whether anybody will read what `end` is given. */
  readonly recording: boolean;
  /** `closing` is called only where somebody reads it. Times in epoch ms; `failed` sets the span's status, without a message. */
  end(endTime: number, failed: boolean, closing: () => Attributes): void;
}

const globalTracer = (): Tracer => trace.getTracer(SCOPE_NAME, VERSION);

/** Opens an INTERNAL span. `attributes` stand on it from its creation, for samplers to see. Where `tracer` gives none, there is only the message. */
export function openSpan(
  name: string,
  attributes: Attributes,
  startTime: number,
  parent: Context,
  tracer: () => Tracer | undefined = globalTracer,
): SpanRecord {
  const span = guarded(
    'a span could not be started',
    () => tracer()?.startSpan(name, { attributes, startTime }, parent),
    undefined,
  );
  const inside =
    span === undefined
      ? parent
      : guarded('a span could not be made the active one', () => trace.setSpan(parent, span), parent);
  const identity = span && guarded('a span could not be identified', () => ownContext(span, parent), undefined);
  let spanId: string | undefined;
  const isRecording = (): boolean =>
    span !== undefined && guarded('a span could not be asked', () => span.isRecording(), false);
  return {
    context: inside,
    get spanId() {
      spanId ??= identity?.spanId ?? randomBytes(8).toString('hex');
      return spanId;
    },
    get recording() {
      return isRecording() || hasCallSubscribers();
    },
    end(endTime, failed, closing) {
      guarded('a span could not be closed', () => close(endTime, failed, closing), undefined);
    },
  };

  function close(endTime: number, failed: boolean, closing: () => Attributes): void {
    const recorded = isRecording();
    const closed = recorded || hasCallSubscribers() ? guarded('an attempt could not be described', closing, {}) : {};
    if (span !== undefined) {
      guarded(
        'a span could not be ended',
        () => {
          if (recorded) {
            span.setAttributes(closed);
            if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end(endTime);
        },
        undefined,
      );
    }
    if (hasCallSubscribers()) {
      const said = present({ ...attributes, ...closed });
      publishCall({ name, startTime, endTime, attributes: said, ...(identity && { spanContext: identity }) });
    }
  }
}

/** The context in which the user's code runs now; the root where the user's context manager fails. */
export function currentContext(): Context {
  return guarded('the active context could not be read', active, ROOT_CONTEXT);
}

const active = (): Context => context.active();

/** Runs `fn` under `inside`; a context manager that fails before `fn` began only costs the parentage of spans. */
export function runInContext<T>(inside: Context, fn: () => T): T {
  let begun = false;
  try {
    return context.with(inside, () => {
      begun = true;
      return fn();
    });
  } catch (error) {
    if (begun) throw error;
    reportOnce('the context manager failed', error);
    return fn();
  }
}

/** The ids to publish a call under; undefined where it has none of its own. Without an SDK, a tracer hands out the parent's context again: that is not the identity of this span. */
export function ownContext(span: Span, parent: Context): CallMessage['spanContext'] {
  const found = span.spanContext();
  if (!isSpanContextValid(found) || found.spanId === trace.getSpanContext(parent)?.spanId) return undefined;
  return { traceId: found.traceId, spanId: found.spanId, traceFlags: found.traceFlags };
}

function present(attributes: Attributes): CallMessage['attributes'] {
  const said: Record<string, CallMessage['attributes'][string]> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) said[key] = value as CallMessage['attributes'][string];
  }
  return said;
}
