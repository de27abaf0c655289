/**
 * Spans that other instrumentations start for LLM calls: found, so that they carry our attributes and we start none beside
 * them. It never ends a foreign span and never takes an attribute away.
 */
import { type Attributes, type Context, type Span, type Tracer, trace } from '@opentelemetry/api';
import { ATTR_GEN_AI_OPERATION_NAME, ATTR_GEN_AI_SYSTEM, jobOf } from '@warmspare/semconv';
import { finishWaiting } from '../base/after-answer.ts';
import { isSpan } from '../base/native-span.ts';
import { fields } from '../base/read.ts';
import { guarded, reportOnce } from '../base/report.ts';
import type { NativeTracing } from '../types/call.ts';
import { routeAttributes } from './route-attributes.ts';
import { activeAttempt } from './scope.ts';

/** What an SDK 2.x or 3.x asks of a span processor; ours needs no more of the SDK than this. */
export interface EnrichingSpanProcessor {
  onStart(span: Span, parentContext: Context): void;
  onEnd(): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

interface Catch {
  readonly attributes: Attributes;
  span: Span | undefined;
}

/** The call whose method runs right now: what a foreign tracer starts inside is its span. Set and read synchronously. */
let catching: Catch | undefined;

/**
 * Give it to the SDK (`spanProcessors: [llmFallbackSpanProcessor()]`, before the exporting one): LLM spans of clients and frameworks
 * that are not patched here then carry the route and chain that they run in, and a private provider waits for answers that are still
 * judged. Spans of other instrumentations of a patched client are found without it.
 */
export function llmFallbackSpanProcessor(): EnrichingSpanProcessor {
  return {
    onStart(span) {
      guarded('a foreign span could not be tagged', () => tag(span), undefined);
    },
    onEnd() {},
    forceFlush: finished,
    shutdown: finished,
  };
}

/** The processors behind ours get what still waited. */
async function finished(): Promise<void> {
  finishWaiting();
}

/** Spans that a call has taken already: one span is one call, and the next one inside it (a fallback by hand) has its own. */
const taken = new WeakSet<Span>();

/** Takes the LLM span of another instrumentation around the running code for a call; each once. */
export function takeForeignSpan(parent: Context): Span | undefined {
  // No closure for what seldom fails: it would be made at each call.
  try {
    const span = foreignSpan(parent);
    if (span === undefined || taken.has(span)) return undefined;
    taken.add(span);
    return span;
  } catch (error) {
    reportOnce('a foreign span could not be found', error);
    return undefined;
  }
}

/** A call of a patched client has its span, whoever's it is: what the answer says is said there. */
export function markTaken(span: Span): void {
  taken.add(span);
}

export function isTaken(span: Span): boolean {
  return taken.has(span);
}

/** The LLM span of another instrumentation around the running code, still open. */
export function foreignSpan(parent: Context): Span | undefined {
  const active = trace.getSpan(parent);
  // OpenInference hands out its spans wrapped.
  const inner: unknown = fields(active).span;
  const span = isSpan(inner) ? inner : active;
  return span?.isRecording() === true && isForeign(span) && isLlmCall(span) ? span : undefined;
}

/** For a method that another instrumentation wrapped before us: the span that it starts inside. */
export const foreignTracing: NativeTracing = {
  run(attributes, fn, tracer) {
    const before = catching;
    const mine: Catch = { attributes, span: undefined };
    const stop = guarded(
      'a foreign span could not be caught',
      () => catchStarted(tracer()),
      () => {},
    );
    catching = mine;
    try {
      return { result: fn(), span: mine.span };
    } finally {
      catching = before;
      stop();
    }
  },
};

/**
 * For as long as a wrapped method runs, which is synchronous: where the user gave the SDK no processor of ours, its tracers' own
 * method tells what they start. Returns what gives it back.
 */
function catchStarted(tracer: Tracer | undefined): () => void {
  const tracers: unknown = tracer === undefined ? undefined : Object.getPrototypeOf(tracer);
  const methods = fields(tracers) as { startSpan?: Tracer['startSpan'] };
  const { startSpan } = methods;
  // Those of the API's stand-ins start nothing.
  if (typeof startSpan !== 'function' || !Object.hasOwn(methods, 'startSpan')) return () => {};
  methods.startSpan = function (this: Tracer, ...args): Span {
    const span = startSpan.apply(this, args);
    guarded('a foreign span could not be tagged', () => tag(span), undefined);
    return span;
  };
  return () => {
    methods.startSpan = startSpan;
  };
}

function tag(span: Span): void {
  if (!isForeign(span)) return;
  // Whatever starts synchronously inside a wrapped method is the wrapper's; some describe their spans only later.
  if (catching !== undefined && catching.span === undefined) {
    catching.span = span;
    span.setAttributes(catching.attributes);
    return;
  }
  // A client that we do not patch, inside a chain.
  const scope = isLlmCall(span) ? activeAttempt() : undefined;
  if (scope !== undefined) span.setAttributes(routeAttributes(scope));
}

const OWN_SCOPE = '@warmspare/instrumentation';

function isForeign(span: Span): boolean {
  // SDK 2.x and 3.x; older ones call it instrumentationLibrary.
  const { instrumentationScope, instrumentationLibrary } = fields(span);
  const { name } = fields(instrumentationScope ?? instrumentationLibrary);
  return typeof name === 'string' && name !== OWN_SCOPE;
}

/** By the dialects that are seen in the wild: GenAI, AI SDK, OpenInference, OpenLLMetry. Agents and tools enclose such calls. */
function isLlmCall(span: Span): boolean {
  const attributes = fields(fields(span).attributes);
  const operation = attributes[ATTR_GEN_AI_OPERATION_NAME];
  const named =
    operation ?? attributes[AI_SDK_OPERATION] ?? attributes[OPENINFERENCE_KIND] ?? attributes[OPENLLMETRY_TYPE];
  if (named !== undefined) return typeof named === 'string' && jobOf(named) !== undefined;
  return attributes[ATTR_GEN_AI_SYSTEM] !== undefined;
}

/** Of other vocabularies than ours, read only. */
const OPENINFERENCE_KIND = 'openinference.span.kind';
const OPENLLMETRY_TYPE = 'llm.request.type';
const AI_SDK_OPERATION = 'ai.operationId';
