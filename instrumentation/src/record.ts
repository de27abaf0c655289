/**
 * The one place that turns a client's call into a span, a message on the channel and a report to the attempt around it. It
 * never throws at the caller, never records text of prompts or outputs, and runs whether or not an SDK exists.
 */
import {
  type Attributes,
  context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE, type CallMessage } from '@warmspare/semconv';
import { requestAttributes } from './call-attributes.ts';
import { hasCallSubscribers, publishCall } from './channel.ts';
import type { CallAnswer, CallRequest } from './clients/call.ts';
import { holdSpan } from './clients/native-span.ts';
import { createPricer, type PriceHook } from './cost.ts';
import { abortOf, type Ending, endAttributes } from './ending.ts';
import { takeForeignSpan } from './enrich.ts';
import { guarded } from './report.ts';
import { activeAttempt } from './scope.ts';
import { ownContext } from './span-record.ts';

export interface RecorderOptions {
  /** Asked at each call: the provider may be registered late. */
  readonly tracer: () => Tracer;
  /** False: no fingerprint of system prompts. */
  readonly promptFingerprint: boolean;
  readonly price: PriceHook | undefined;
  /** `enrich`: no span is ever started, only those of others are tagged. */
  readonly spans: 'auto' | 'enrich';
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

/** Characters of output. Checking less takes well under a tenth of a millisecond; deferring it could outlive the SDK's shutdown. */
const CHECKED_AT_ONCE = 16_384;
/** Makes the recorder that all patched methods of one instrumentation share. */
export function createRecorder(options: RecorderOptions): Recorder {
  const price = createPricer(options.price);

  function begin(request: CallRequest): Call {
    const scope = activeAttempt();
    const startTime = Date.now();
    const started = performance.now();
    const begun = requestAttributes(request, scope, options.promptFingerprint);
    const name = request.model === undefined ? request.operation : `${request.operation} ${request.model}`;
    const parent = context.active();
    // Another instrumentation's span of this very call is around us: it is tagged, and no second one started.
    const live =
      request.native === undefined
        ? guarded('a foreign span could not be found', () => takeForeignSpan(parent), undefined)
        : undefined;
    const start = (): Span =>
      options.spans === 'enrich'
        ? trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
        : options.tracer().startSpan(name, { kind: SpanKind.CLIENT, attributes: begun, startTime }, parent);
    let span = request.native === undefined ? (live ?? start()) : undefined;
    let release: (() => void) | undefined;
    if (live !== undefined) {
      live.setAttributes(begun);
      release = holdSpan(live);
    }
    scope?.onStart();
    let ended = false;

    const finish = (ending: Ending): void => {
      if (ended) return;
      ended = true;
      const endTime = startTime + (performance.now() - started);
      const close = (): void => {
        const said = guarded('a call could not be recorded', () => closeSpan(ending, endTime), {});
        guarded('an attempt could not be told of its call', () => tell(ending, said, endTime), undefined);
      };
      // A long text is held against its schema after the caller has it, unless an attempt waits for the verdict.
      if (
        scope?.carriesOutcome !== 'attempt-span' &&
        request.schema !== undefined &&
        (ending.answer?.text?.length ?? 0) > CHECKED_AT_ONCE
      ) {
        setImmediate(close);
      } else {
        close();
      }
    };

    /** Ends the span and publishes what it says. Returns that, where anybody reads it. */
    const closeSpan = (ending: Ending, endTime: number): Attributes => {
      span ??= start();
      const own = span;
      try {
        const listening = hasCallSubscribers() || scope?.recording === true;
        const recording = own.isRecording();
        if (!listening && !recording) return {};
        const added = endAttributes(
          ending,
          { request, scope, parent: trace.getSpan(parent), began: started, ended: started + endTime - startTime },
          price,
        );
        if (recording) {
          own.setAttributes(added);
          // No message: providers quote the prompt in theirs. Giving up is no failure of the call.
          const failed = ATTR_ERROR_TYPE in added && abortOf(ending, request) !== 'cancelled';
          if (failed && release === undefined) own.setStatus({ code: SpanStatusCode.ERROR });
        }
        if (!listening) return added;
        const attributes: Attributes = { ...begun, ...added };
        const spanContext = ownContext(own, live === undefined ? parent : ROOT_CONTEXT);
        publishCall({
          name,
          startTime,
          endTime,
          attributes: attributes as CallMessage['attributes'],
          ...(spanContext === undefined ? {} : { spanContext }),
        });
        return attributes;
      } finally {
        // The client's own span ends when the client wants it to, and its status is the client's.
        if (release === undefined) own.end(endTime);
        else release();
      }
    };

    const tell = (ending: Ending, attributes: Attributes, endTime: number): void => {
      if (scope === undefined) return;
      const aborted = abortOf(ending, request);
      scope.onCall({
        attributes,
        endTime,
        ...(ending.failed ? { error: ending.error } : {}),
        ...(ending.answer?.refused === true ? { refused: true } : {}),
        ...(ending.answer?.truncated === true ? { truncated: true } : {}),
        ...(aborted === undefined ? {} : { aborted }),
      });
    };

    return {
      run(fn) {
        if (span !== undefined) return context.with(trace.setSpan(parent, span), fn);
        if (request.native === undefined) return fn();
        const traced = request.native.run(begun, fn);
        // A tracer without an SDK behind it gave a span that nobody will see: ours is started in its place at the end.
        if (traced.span !== undefined && ownContext(traced.span, parent) !== undefined) {
          span = traced.span;
          release = holdSpan(span);
        }
        return traced.result;
      },
      end: (answer) => finish({ answer, failed: false, unread: false }),
      fail: (error, answer) => finish({ answer, error, failed: true, unread: false }),
      unread: () => finish({ answer: undefined, failed: false, unread: true }),
    };
  }

  return { begin };
}
