/**
 * One batch through an OTLP trace exporter in; whether it arrived, should be sent again or was refused for good out. Never throws, and
 * waits for no exporter without end.
 */
import { context, createContextKey } from '@opentelemetry/api';
import { fields } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import type { EvidenceSpan } from './evidence-span.ts';

/** The part of the SDK's SpanExporter (2.x and 3.x) that is used; any OTLP trace exporter is one. */
export interface EvidenceTransport {
  /** The SDK's span type is richer than what exporters read. `code` 0 is success. */
  export(spans: never, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  shutdown(): Promise<void>;
}

export type Delivery =
  /** `rejected` spans of the batch were turned down (OTLP's partial success). */
  | { readonly kind: 'sent'; readonly rejected: number; readonly error?: unknown }
  /** `after` ms at least, where the processor said so. */
  | { readonly kind: 'again'; readonly error: unknown; readonly after: number | undefined }
  | { readonly kind: 'refused'; readonly error: unknown };

/** Spans made by the exporter's own HTTP client are no evidence: the key under which OpenTelemetry JS suppresses tracing. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** An exporter that has not answered by then never will, ms: OTLP exporters give up after 10 s by default. */
const MAX_WAIT = 60_000;

/** Longest wait that a processor can ask for, ms. */
const MAX_RETRY_AFTER = 600_000;

/** A way to send through `exporter`, one batch at a time. */
export function createDelivery(exporter: EvidenceTransport): (spans: readonly EvidenceSpan[]) => Promise<Delivery> {
  const answer = watchAnswers(exporter);
  return (spans) =>
    new Promise((resolve) => {
      answer.rejected = 0;
      answer.message = undefined;
      answer.retryAfter = undefined;
      const timer = setTimeout(
        () => resolve({ kind: 'again', error: new Error(`no answer within ${MAX_WAIT} ms`), after: undefined }),
        MAX_WAIT,
      );
      timer.unref();
      const done = (delivery: Delivery): void => {
        clearTimeout(timer);
        resolve(delivery);
      };
      try {
        context.with(context.active().setValue(SUPPRESS_TRACING, true), () =>
          exporter.export(spans as never, ({ code, error }) => {
            if (code === 0)
              done({ kind: 'sent', rejected: Math.min(answer.rejected, spans.length), error: answer.message });
            else if (isRefusal(error)) done({ kind: 'refused', error });
            else done({ kind: 'again', error: error ?? new Error(`code ${code}`), after: answer.retryAfter });
          }),
        );
      } catch (error) {
        // It could not even be written: it never will.
        done({ kind: 'refused', error });
      }
    });
}

/** Answers of HTTP (RFC 9110) and gRPC that say that these very bytes will never be taken. A token, an address or a proxy may change. */
const FINAL_HTTP: ReadonlySet<number> = new Set([400, 405, 406, 409, 410, 411, 413, 414, 415, 422, 431]);
/** INVALID_ARGUMENT, ALREADY_EXISTS, FAILED_PRECONDITION. */
const FINAL_GRPC: ReadonlySet<number> = new Set([3, 6, 9]);

/** The exporters' errors carry the status as `code`; those of the network a text, or nothing. */
function isRefusal(error: unknown): boolean {
  const { code } = fields(error);
  return typeof code === 'number' && (FINAL_HTTP.has(code) || FINAL_GRPC.has(code));
}

interface Answers {
  rejected: number;
  message: unknown;
  retryAfter: number | undefined;
}

/**
 * What OpenTelemetry's exporters hear from the server and keep to themselves: `Retry-After`, and the spans that a partial success turned
 * down. Read in passing from their private parts, the same in 2.x and 3.x; other exporters say neither.
 */
function watchAnswers(exporter: EvidenceTransport): Answers {
  const answers: Answers = { rejected: 0, message: undefined, retryAfter: undefined };
  const { _transport: transport, _responseHandler: handler } = fields(fields(exporter)._delegate);
  observe(transport, 'send', (result) => {
    void Promise.resolve(result).then(
      (given) => {
        const { status, retryInMillis } = fields(given);
        if (status === 'retryable' && typeof retryInMillis === 'number' && retryInMillis > 0)
          answers.retryAfter = Math.min(retryInMillis, MAX_RETRY_AFTER);
      },
      () => {},
    );
  });
  observe(handler, 'handleResponse', (_, response) => {
    const { rejectedSpans, errorMessage } = fields(fields(response).partialSuccess);
    // A 64-bit number: protobuf's decoder gives a number, JSON a text.
    const rejected = Number(rejectedSpans);
    if (rejected > 0) Object.assign(answers, { rejected, message: errorMessage });
  });
  return answers;
}

/** Tells `told` of each result and first argument of `owner[name]`, which stays what it is to its callers. */
function observe(owner: unknown, name: string, told: (result: unknown, argument: unknown) => void): void {
  const original = fields(owner)[name];
  if (typeof original !== 'function') return;
  guarded(
    "the processor's answers could not be watched",
    () => {
      Object.defineProperty(owner, name, {
        configurable: true,
        writable: true,
        value(this: unknown, ...args: unknown[]): unknown {
          const result: unknown = original.apply(this, args);
          guarded("the processor's answer could not be read", () => told(result, args[0]), undefined);
          return result;
        },
      });
    },
    undefined,
  );
}
