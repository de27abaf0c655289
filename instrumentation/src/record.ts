/**
 * The one place that turns a client's call into a span, a message on the channel and a report to the attempt around it. It
 * never throws at the caller, never records text of prompts or outputs, and runs whether or not an SDK exists.
 */
import {
  type Attributes,
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  abortOutcome,
  type CallMessage,
  callOutcome,
} from '@warmspare/semconv';
import { answerAttributes, requestAttributes } from './call-attributes.ts';
import { hasCallSubscribers, publishCall } from './channel.ts';
import type { CallAnswer, CallRequest } from './clients/call.ts';
import { checkWire } from './clients/wire-schema.ts';
import { createPricer, type PriceHook } from './cost.ts';
import { errorTypeOf, isAbort, isTimeout } from './error-type.ts';
import { guarded } from './report.ts';
import { activeAttempt } from './scope.ts';

export interface RecorderOptions {
  /** Asked at each call: the provider may be registered late. */
  readonly tracer: () => Tracer;
  /** False: no fingerprint of system prompts. */
  readonly promptFingerprint: boolean;
  readonly price: PriceHook | undefined;
}

/** A call under way. One of the last three ends it; the first one to come counts. */
export interface Call {
  /** Runs `fn` with the call's span active, so that HTTP spans become its children. */
  run<T>(fn: () => T): T;
  /** An answer, or as much of a stream as was read before the caller left it. */
  end(answer: CallAnswer): void;
  /** What the client threw, with what a stream had said until then. */
  fail(error: unknown, answer?: CallAnswer): void;
  /** The caller took the raw response: nobody here saw the answer, so nothing is said about its outcome. */
  unread(): void;
}

export interface Recorder {
  begin(request: CallRequest): Call;
}

interface Ending {
  readonly answer: CallAnswer | undefined;
  readonly error?: unknown;
  readonly failed: boolean;
  readonly unread: boolean;
}

/** Makes the recorder that all patched methods of one instrumentation share. */
export function createRecorder(options: RecorderOptions): Recorder {
  const price = createPricer(options.price);

  function begin(request: CallRequest): Call {
    const scope = activeAttempt();
    const startTime = Date.now();
    const started = performance.now();
    const begun = requestAttributes(request, scope, options.promptFingerprint);
    const name = request.model === undefined ? request.operation : `${request.operation} ${request.model}`;
    const span = options.tracer().startSpan(name, { kind: SpanKind.CLIENT, attributes: begun, startTime });
    scope?.onStart();
    let ended = false;

    const finish = (ending: Ending): void => {
      if (ended) return;
      ended = true;
      const endTime = startTime + (performance.now() - started);
      const heard = guarded(
        'a call could not be recorded',
        () => {
          const listening = hasCallSubscribers() || scope?.recording === true;
          if (!listening && !span.isRecording()) return undefined;
          const added = endAttributes(ending, request, price);
          const { outcome, aborted } = added;
          if (outcome !== undefined && scope?.carriesOutcome !== 'attempt-span') {
            added.attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME] = outcome;
          }
          span.setAttributes(added.attributes);
          // No message: providers quote the prompt in theirs.
          if (ATTR_ERROR_TYPE in added.attributes && aborted !== 'cancelled') {
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          if (!listening) return undefined;
          const attributes: Attributes = { ...begun, ...added.attributes };
          publishCall(messageOf(name, startTime, endTime, attributes, span));
          return { attributes, aborted };
        },
        undefined,
      );
      guarded('a span could not be ended', () => span.end(endTime), undefined);
      guarded(
        'an attempt could not be told of its call',
        () =>
          scope?.onCall({
            attributes: heard?.attributes ?? {},
            ...(ending.failed ? { error: ending.error } : {}),
            ...(ending.answer?.refused === true ? { refused: true } : {}),
            ...(ending.answer?.truncated === true ? { truncated: true } : {}),
            ...(heard?.aborted === undefined ? {} : { aborted: heard.aborted }),
            endTime,
          }),
        undefined,
      );
    };

    return {
      run: (fn) => context.with(trace.setSpan(context.active(), span), fn),
      end: (answer) => finish({ answer, failed: false, unread: false }),
      fail: (error, answer) => finish({ answer, error, failed: true, unread: false }),
      unread: () => finish({ answer: undefined, failed: false, unread: true }),
    };
  }

  return { begin };
}

interface EndAttributes {
  readonly attributes: Attributes;
  readonly outcome: ReturnType<typeof callOutcome> | undefined;
  readonly aborted: 'cancelled' | 'timeout' | undefined;
}

function endAttributes(ending: Ending, request: CallRequest, price: ReturnType<typeof createPricer>): EndAttributes {
  const { answer, error, failed } = ending;
  const attributes = answer === undefined ? {} : answerAttributes(answer, request, price);
  const aborted = abortOf(ending, request);
  const judged = !failed && answer?.complete === true && answer.refused !== true && answer.truncated !== true;
  const check = request.schema === undefined ? undefined : checkWire(request.schema, judged ? answer.text : undefined);
  if (check !== undefined) {
    attributes[ATTR_LLM_FALLBACK_SCHEMA_VALIDITY] = check.validity;
    if (check.errorType !== undefined) attributes[ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE] = check.errorType;
  }
  if (ending.unread) return { attributes, outcome: undefined, aborted: undefined };
  const outcome = callOutcome({
    cancelled: aborted === 'cancelled',
    timedOut: aborted === 'timeout',
    failed: failed || answer?.complete !== true,
    refused: answer?.refused,
    truncated: answer?.truncated,
    schemaValidity: check?.validity,
  });
  if (outcome !== 'success') attributes[ATTR_ERROR_TYPE] = failed ? errorTypeOf(error) : outcome;
  return { attributes, outcome, aborted };
}

function abortOf({ answer, error, failed }: Ending, request: CallRequest): 'cancelled' | 'timeout' | undefined {
  if (!failed && answer?.complete === true) return undefined;
  if (failed && isTimeout(error)) return 'timeout';
  if (request.signal?.aborted === true && (!failed || isAbort(error))) return abortOutcome(request.signal.reason);
  if (failed) return isAbort(error) ? 'cancelled' : undefined;
  return answer?.brokenOff === true ? 'cancelled' : undefined;
}

function messageOf(name: string, startTime: number, endTime: number, attributes: Attributes, span: Span): CallMessage {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    name,
    startTime,
    endTime,
    attributes: attributes as CallMessage['attributes'],
    ...(isSpanContextValid(span.spanContext()) ? { spanContext: { traceId, spanId, traceFlags } } : {}),
  };
}
