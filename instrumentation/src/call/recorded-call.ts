/**
 * One call of a client as it becomes a span, a message on the channel and a report to the attempt around it. It never throws at the
 * caller and never records text of prompts or outputs.
 */
import {
  type Attributes,
  type Context,
  context,
  INVALID_TRACEID,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE, ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID, type CallOutcome, isFailure } from '@warmspare/semconv';
import { afterAnswer } from '../base/after-answer.ts';
import { type AttributeSink, keepIn } from '../base/attribute-sink.ts';
import { holdSpan } from '../base/native-span.ts';
import { fields, text } from '../base/read.ts';
import { guarded, reportOnce } from '../base/report.ts';
import { contextWithSpan } from '../base/span-context.ts';
import type { AttemptScope } from '../types/attempt.ts';
import type { Call, CallAnswer, CallRequest, NativeTracing, ReadAnswer, ReadHeader } from '../types/call.ts';
import type { DrilledAttempt } from '../types/drill.ts';
import { nameOf, requestAttributes, sayFingerprints } from './call-attributes.ts';
import { type Described, type Identified, NOTHING_SAID, publishEnd, tellAttempt } from './call-report.ts';
import { hasCallSubscribers } from './channel.ts';
import { drilledScope } from './drill-scope.ts';
import { type EndedCall, type Ending, outputsToCheck, sayEnding } from './ending.ts';
import { foreignSpan, markTaken, takeForeignSpan } from './enrich.ts';
import { tellFailedTargets } from './failed-targets.ts';
import { callRequestHook, callResponseHook } from './hooks.ts';
import { noteCallHealth } from './primary-health.ts';
import { withoutDrillEntry } from './provider-baggage.ts';
import type { Recording } from './recording.ts';
import { activeRequest } from './route/request-scope.ts';
import type { Findings } from './route/route.ts';
import { activeAttempt } from './scope.ts';
import { currentContext, ownContext } from './span-record.ts';

const UNIDENTIFIED = 'a span could not be identified';
const UNTAGGED = 'a span could not be tagged';

/** A class, since calls are many: closures for each method of each call cost more than what they do. */
export class RecordedCall implements Call, EndedCall, Identified {
  readonly request: CallRequest;
  readonly scope: AttemptScope | undefined;
  /** Of the monotonic clock, ms. */
  readonly began: number;
  private readonly recorder: Recording;
  readonly parent: Context;
  private readonly incoming: object | undefined;
  readonly startTime: number;
  span: Span | undefined;
  foreign = false;
  private begun: Readonly<Attributes> | undefined;
  /** Lets another's span go, which we hold open until the call's end is on it. */
  private release: (() => void) | undefined;
  /** Tells the drill around that the call is over. */
  private readonly leave: (() => void) | undefined;
  private ended = false;
  private findings: Findings | undefined;
  /** Kept for the hook until the client's own span is there. */
  private args: readonly unknown[] | undefined;

  constructor(request: CallRequest, recorder: Recording, args: readonly unknown[]) {
    this.request = request;
    this.recorder = recorder;
    this.scope = drilledScope(activeAttempt(), request);
    this.leave = this.scope?.drill?.drill.begin();
    this.startTime = Date.now();
    this.began = performance.now();
    this.parent = currentContext();
    this.incoming = activeRequest();
    if (request.native === undefined) {
      if (this.scope?.ownSpans === true) this.span = this.startApart();
      else if (!this.takeForeign()) this.span = this.start();
      callRequestHook(recorder, this.span, request, args);
    } else if (recorder.requestHook !== undefined) this.args = args;
    this.scope?.onStart();
  }

  run<T>(fn: () => T): T {
    const { native } = this.request;
    const inside = this.inside();
    // A context manager that fails is the caller's to catch: it knows whether `fn` ran.
    if (native === undefined) return inside === undefined ? fn() : context.with(inside, fn);
    return inside === undefined ? this.runNative(native, fn) : context.with(inside, () => this.runNative(native, fn));
  }

  // What few calls need is a method of its own: a closure's variables are allocated where its function is entered, used or not.

  private runNative<T>(native: NativeTracing, fn: () => T): T {
    const traced = native.run(this.attributes(), fn, this.recorder.tracer);
    guarded(UNIDENTIFIED, () => this.take(traced.span), undefined);
    if (this.args !== undefined) callRequestHook(this.recorder, this.span, this.request, this.args);
    this.args = undefined;
    return traced.result;
  }

  get shared(): object | undefined {
    return trace.getSpan(this.parent) ?? this.incoming;
  }

  get wanted(): boolean {
    // A chain falls by what an answer says, whether or not anybody records it.
    if (hasCallSubscribers() || this.scope?.recording === true || this.scope?.onAnswer !== undefined) return true;
    if (this.span !== undefined) return this.span.isRecording();
    return this.request.native !== undefined && this.recorder.tracer() !== undefined;
  }

  get readsOutput(): boolean {
    return this.request.schema !== undefined || this.scope?.onAnswer !== undefined;
  }

  get readsHeaders(): boolean {
    return this.request.direct !== true;
  }

  answered(read: ReadAnswer): void {
    callResponseHook(this.recorder, this.span, this.request, read.value);
    this.scope?.onAnswer?.(read);
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
    const { span } = this;
    try {
      const parent = withoutDrillEntry(this.parent);
      if (span === undefined || span.spanContext().traceId === INVALID_TRACEID) {
        return parent === this.parent ? undefined : parent;
      }
      return contextWithSpan(parent, span);
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
    markTaken(span);
  }

  /** Another instrumentation's span of this very call is around us: it is tagged, and no second one started. */
  private takeForeign(): boolean {
    const live = takeForeignSpan(this.parent);
    if (live === undefined) return false;
    try {
      live.setAttributes(this.attributes());
    } catch (error) {
      reportOnce(UNTAGGED, error);
    }
    this.span = live;
    this.release = holdSpan(live);
    this.foreign = true;
    return true;
  }

  private start(): Span | undefined {
    const { spans, tracer } = this.recorder;
    if (spans === 'enrich') return undefined;
    const { request, parent, startTime } = this;
    const options = { kind: SpanKind.CLIENT, attributes: this.attributes(), startTime };
    try {
      return tracer()?.startSpan(nameOf(request), options, parent);
    } catch (error) {
      reportOnce('a span could not be started', error);
      return undefined;
    }
  }

  /** The span of another instrumentation around it is of several tries: it is part of them, and no call beside them. */
  private startApart(): Span | undefined {
    const span = this.start();
    const id = span && ownContext(span, this.parent)?.spanId;
    if (id !== undefined) foreignSpan(this.parent)?.setAttribute(ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID, id);
    return span;
  }

  /** What is known when the call begins; samplers see it. */
  private attributes(): Readonly<Attributes> {
    this.begun ??= requestAttributes(this.request, this.scope);
    return this.begun;
  }

  private finish(ending: Ending, at = performance.now()): void {
    if (this.ended) return;
    this.ended = true;
    const endTime = this.startTime + (at - this.began);
    if (outputsToCheck(ending, this.request).length === 0) {
      this.close(ending, endTime);
      return;
    }
    // An output is held against its schema when its caller has it. Asking for the tracer has its provider wait, whoever's span it is.
    guarded('the SDK could not be asked to wait for a call', () => this.recorder.tracer(), undefined);
    afterAnswer(() => this.close(ending, endTime));
  }

  get ownErrorType(): string | undefined {
    return this.release === undefined ? undefined : text(fields(fields(this.span).attributes)[ATTR_ERROR_TYPE]);
  }

  alsoFailed(findings: Findings): void {
    this.findings = findings;
  }

  private close(ending: Ending, endTime: number): void {
    const { outcome, said } = this.describeEnd(ending, endTime);
    if (this.findings !== undefined) {
      const toEpoch = (moment: number): number => this.startTime + (moment - this.began);
      const inside = this.inside() ?? this.parent;
      tellFailedTargets(this.findings, { at: endTime, inside, recording: this.recorder, toEpoch });
    }
    try {
      // The client's own span ends when the client wants it to, and its status is the client's.
      if (this.release === undefined) this.span?.end(endTime);
      else this.release();
    } catch (error) {
      reportOnce('a span could not be ended', error);
    }
    if (this.scope !== undefined) tellAttempt(this.scope, ending, this.request, said, outcome, endTime);
    noteCallHealth(this.request, this.scope, ending, endTime);
    this.leave?.();
  }

  /** Whether the drill around makes this call fail. */
  get injection(): DrilledAttempt | undefined {
    const drill = this.scope?.drill;
    return drill?.fails === true ? drill : undefined;
  }

  /** Says how the call ended on its span and on the channel, each whatever becomes of the other. Returns that, where anybody reads it. */
  private describeEnd(ending: Ending, endTime: number): Described {
    if (this.request.native !== undefined) this.span ??= this.start();
    const { span: ours } = this;
    const span = guarded('a span could not be asked', () => ours?.isRecording() === true, false) ? ours : undefined;
    if (!hasCallSubscribers() && this.scope?.recording !== true) {
      if (span !== undefined) this.describeOnly(span, ending, endTime);
      return NOTHING_SAID;
    }
    const added: Attributes = {};
    const outcome = this.describe(keepIn(added), ending, endTime);
    try {
      span?.setAttributes(added);
      if (span !== undefined) this.markFailed(span, outcome);
    } catch (error) {
      reportOnce(UNTAGGED, error);
    }
    const said = { ...this.attributes(), ...added };
    publishEnd(this, said, endTime);
    return { outcome, said };
  }

  /** Where nobody but the span is told. */
  private describeOnly(span: Span, ending: Ending, endTime: number): void {
    let outcome: CallOutcome | undefined;
    try {
      outcome = this.say(span, ending, endTime);
      this.markFailed(span, outcome);
    } catch (error) {
      reportOnce(UNTAGGED, error);
      // A span that takes nothing must not cost the calls after this one what they infer from it.
      this.describe(keepIn({}), ending, endTime);
    }
  }

  /** What stood in the sink before a failure stays. */
  private describe(into: AttributeSink, ending: Ending, endTime: number): CallOutcome | undefined {
    return guarded('a call could not be described', () => this.say(into, ending, endTime), undefined);
  }

  private say(into: AttributeSink, ending: Ending, endTime: number): CallOutcome | undefined {
    const { request, scope, recorder } = this;
    const outcome = sayEnding(into, ending, this, this.began + endTime - this.startTime, recorder.pricer);
    sayFingerprints(into, request, scope, recorder.promptFingerprint);
    return outcome;
  }

  /** No message: providers quote the prompt in theirs. Giving up is no failure of the call. */
  private markFailed(span: Span, outcome: CallOutcome | undefined): void {
    if (outcome === undefined || !isFailure(outcome)) return;
    if (this.release === undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  }
}
