/**
 * The one place that turns a client's call into a span, a message on the channel and a report to the attempt around it. It
 * never throws at the caller, never records text of prompts or outputs, and runs whether or not an SDK exists.
 */
import {
  type Attributes,
  type Context,
  context,
  INVALID_TRACEID,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE, type CallMessage } from '@warmspare/semconv';
import { afterAnswer } from './after-answer.ts';
import { fingerprintAttributes, requestAttributes } from './call-attributes.ts';
import { hasCallSubscribers, publishCall } from './channel.ts';
import type { CallAnswer, CallRequest, ReadHeader } from './clients/call.ts';
import { holdSpan } from './clients/native-span.ts';
import { createPricer, type PriceHook, type Pricer } from './cost.ts';
import { abortOf, addEnd, type Ending, textToCheck } from './ending.ts';
import { takeForeignSpan } from './enrich.ts';
import { guarded, reportOnce } from './report.ts';
import { activeRequest } from './route/request-scope.ts';
import { type AttemptScope, activeAttempt } from './scope.ts';
import { currentContext, ownContext } from './span-record.ts';

export interface RecorderOptions {
  /** Asked at each call: the provider may be registered late. Undefined while there is no SDK. */
  readonly tracer: () => Tracer | undefined;
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
  /** Whether anybody would read what the answer says; where not, it need not be read. */
  readonly wanted: boolean;
  /** Whether a gateway may have written into the response's headers. */
  readonly readsHeaders: boolean;
  /** An answer, or as much of a stream as was read before the caller left it. `at`: when, of the monotonic clock in ms; now if left out. */
  end(answer: CallAnswer, header?: ReadHeader, at?: number): void;
  /** What the client threw, with what a stream had said until then. */
  fail(error: unknown, answer?: CallAnswer, header?: ReadHeader): void;
  /** The caller took the raw response, or nothing: nobody here saw the answer, so nothing is said about its outcome. `at` as for `end`. */
  unread(at?: number): void;
}

export interface Recorder {
  begin(request: CallRequest): Call;
}

/** Makes the recorder that all patched methods of one instrumentation share. */
export function createRecorder(options: RecorderOptions): Recorder {
  const shared: Shared = { ...options, pricer: createPricer(options.price) };
  return { begin: (request) => new RecordedCall(request, shared) };
}

interface Shared extends RecorderOptions {
  readonly pricer: Pricer;
}

const UNIDENTIFIED = 'a span could not be identified';
const UNTAGGED = 'a span could not be tagged';

/** A class, since calls are many: closures for each method of each call cost more than what they do. */
class RecordedCall implements Call {
  private readonly request: CallRequest;
  private readonly shared: Shared;
  private readonly scope: AttemptScope | undefined;
  private readonly parent: Context;
  private readonly incoming: object | undefined;
  private readonly name: string;
  /** Epoch ms. */
  private readonly startTime: number;
  /** Of the monotonic clock, ms. */
  private readonly began: number;
  private begun: Attributes | undefined;
  private span: Span | undefined;
  /** Lets another's span go, which we hold open until the call's end is on it. */
  private release: (() => void) | undefined;
  private foreign = false;
  private ended = false;

  constructor(request: CallRequest, shared: Shared) {
    this.request = request;
    this.shared = shared;
    this.scope = activeAttempt();
    this.startTime = Date.now();
    this.began = performance.now();
    this.name = request.model === undefined ? request.operation : `${request.operation} ${request.model}`;
    this.parent = currentContext();
    this.incoming = activeRequest();
    if (request.native === undefined) {
      if (!this.takeForeign()) this.span = this.start();
    }
    this.scope?.onStart();
  }

  run<T>(fn: () => T): T {
    const { native } = this.request;
    const inside = this.inside();
    // A context manager that fails is the caller's to catch: it knows whether `fn` ran.
    if (inside !== undefined) return context.with(inside, fn);
    if (native === undefined) return fn();
    const traced = native.run(this.attributes(), fn, this.shared.tracer);
    guarded(UNIDENTIFIED, () => this.take(traced.span), undefined);
    return traced.result;
  }

  get wanted(): boolean {
    if (hasCallSubscribers() || this.scope?.recording === true) return true;
    if (this.span !== undefined) return this.span.isRecording();
    return this.request.native !== undefined && this.shared.tracer() !== undefined;
  }

  get readsHeaders(): boolean {
    return this.request.direct !== true;
  }

  end(answer: CallAnswer, header?: ReadHeader, at?: number): void {
    this.finish({ answer, header, failed: false, unread: false }, at);
  }

  fail(error: unknown, answer?: CallAnswer, header?: ReadHeader): void {
    this.finish({ answer, header, error, failed: true, unread: false });
  }

  unread(at?: number): void {
    this.finish({ answer: undefined, header: undefined, failed: false, unread: true }, at);
  }

  /** Where the call's children belong; undefined without an SDK, where there is nothing that they could belong to. */
  private inside(): Context | undefined {
    const { span, parent } = this;
    try {
      return span === undefined || span.spanContext().traceId === INVALID_TRACEID
        ? undefined
        : trace.setSpan(parent, span);
    } catch (error) {
      reportOnce(UNIDENTIFIED, error);
      return undefined;
    }
  }

  /** A client's own span. A tracer without an SDK behind it gives one that nobody will see: ours is started in its place at the end. */
  private take(span: Span | undefined): void {
    if (span === undefined || ownContext(span, this.parent) === undefined) return;
    this.span = span;
    this.release = holdSpan(span);
  }

  /** Another instrumentation's span of this very call is around us: it is tagged, and no second one started. */
  private takeForeign(): boolean {
    const live = guarded('a foreign span could not be found', () => takeForeignSpan(this.parent), undefined);
    if (live === undefined) return false;
    guarded(UNTAGGED, () => live.setAttributes(this.attributes()), undefined);
    this.span = live;
    this.release = holdSpan(live);
    this.foreign = true;
    return true;
  }

  private start(): Span | undefined {
    const { spans, tracer } = this.shared;
    if (spans === 'enrich') return undefined;
    const { name, parent, startTime } = this;
    const options = { kind: SpanKind.CLIENT, attributes: this.attributes(), startTime };
    try {
      return tracer()?.startSpan(name, options, parent);
    } catch (error) {
      reportOnce('a span could not be started', error);
      return undefined;
    }
  }

  /** What is known when the call begins; samplers see it. */
  private attributes(): Attributes {
    this.begun ??= requestAttributes(this.request, this.scope);
    return this.begun;
  }

  private finish(ending: Ending, at = performance.now()): void {
    if (this.ended) return;
    this.ended = true;
    const endTime = this.startTime + (at - this.began);
    if (textToCheck(ending, this.request) === undefined) {
      this.close(ending, endTime);
      return;
    }
    // An output is held against its schema when its caller has it. Asking for the tracer has its provider wait, whoever's span it is.
    guarded('the SDK could not be asked to wait for a call', () => this.shared.tracer(), undefined);
    afterAnswer(() => this.close(ending, endTime));
  }

  private close(ending: Ending, endTime: number): void {
    const said = this.describeEnd(ending, endTime);
    try {
      // The client's own span ends when the client wants it to, and its status is the client's.
      if (this.release === undefined) this.span?.end(endTime);
      else this.release();
    } catch (error) {
      reportOnce('a span could not be ended', error);
    }
    if (this.scope !== undefined) {
      guarded('an attempt could not be told of its call', () => this.tell(ending, said, endTime), undefined);
    }
  }

  /** Says how the call ended on its span and on the channel, each whatever becomes of the other. Returns that, where anybody reads it. */
  private describeEnd(ending: Ending, endTime: number): Attributes {
    if (this.request.native !== undefined) this.span ??= this.start();
    const { span } = this;
    const recording = this.recording();
    const listening = hasCallSubscribers() || this.scope?.recording === true;
    const added: Attributes = {};
    try {
      if (recording || listening) this.describe(added, ending, endTime);
    } catch (error) {
      reportOnce('a call could not be described', error);
    }
    try {
      if (recording && span !== undefined) this.tag(span, added, ending);
    } catch (error) {
      reportOnce(UNTAGGED, error);
    }
    const said = listening ? { ...this.attributes(), ...added } : added;
    if (listening) this.publish(said, endTime);
    return said;
  }

  private recording(): boolean {
    try {
      return this.span?.isRecording() === true;
    } catch (error) {
      reportOnce('a span could not be asked', error);
      return false;
    }
  }

  /** Into `added`: what stood there before a failure stays. */
  private describe(added: Attributes, ending: Ending, endTime: number): void {
    const { scope, request, shared, began } = this;
    const ended = began + endTime - this.startTime;
    const common = trace.getSpan(this.parent) ?? this.incoming;
    addEnd(added, ending, { request, scope, shared: common, began, ended }, shared.pricer);
    fingerprintAttributes(added, request, scope, shared.promptFingerprint);
  }

  private tag(span: Span, added: Attributes, ending: Ending): void {
    span.setAttributes(added);
    // No message: providers quote the prompt in theirs. Giving up is no failure of the call.
    const failed = ATTR_ERROR_TYPE in added && abortOf(ending, this.request) !== 'cancelled';
    if (failed && this.release === undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  }

  private publish(attributes: Attributes, endTime: number): void {
    const { span, name, startTime } = this;
    let spanContext: CallMessage['spanContext'];
    try {
      spanContext = span && ownContext(span, this.foreign ? ROOT_CONTEXT : this.parent);
    } catch (error) {
      reportOnce(UNIDENTIFIED, error);
    }
    publishCall({
      name,
      startTime,
      endTime,
      attributes: attributes as CallMessage['attributes'],
      ...(spanContext === undefined ? {} : { spanContext }),
    });
  }

  private tell(ending: Ending, attributes: Attributes, endTime: number): void {
    const aborted = abortOf(ending, this.request);
    this.scope?.onCall({
      attributes,
      endTime,
      ...(ending.failed ? { error: ending.error } : {}),
      ...(ending.answer?.refused === true ? { refused: true } : {}),
      ...(ending.answer?.truncated === true ? { truncated: true } : {}),
      ...(aborted === undefined ? {} : { aborted }),
    });
  }
}
