/**
 * Sends every call, run and declaration that passes the channel to the processor, so that evidence does not depend on the
 * sampler: each under its own trace and span ids, through an OTLP trace exporter of the app. Never throws at anybody, never
 * holds the process open, and never keeps more than a bounded queue.
 */
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, createContextKey, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { CALL_CHANNEL, type CallMessage } from '@warmspare/semconv';
import { finishWaiting } from './after-answer.ts';
import { type EvidenceResource, type EvidenceSpan, evidenceSpan } from './evidence/evidence-span.ts';
import { environmentResource, registeredResource } from './evidence/resource.ts';
import { guarded, reportOnce } from './report.ts';

/** The part of the SDK's SpanExporter (2.x and 3.x) that is used; any OTLP trace exporter is one. */
export interface EvidenceTransport {
  /** The SDK's span type is richer than what exporters read. `code` 0 is success. */
  export(spans: never, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  shutdown(): Promise<void>;
}

/** How evidence leaves the process. */
export interface EvidenceExporterOptions {
  readonly exporter: EvidenceTransport;
  /** Left out: the resource of the app's SDK, else `environment` is read. */
  readonly resource?: EvidenceResource | undefined;
  /** For `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`; hand over `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Messages that wait at most; further ones are dropped and reported once. */
  readonly maxQueue?: number | undefined;
  /** Milliseconds from a message to its sending. */
  readonly interval?: number | undefined;
}

/** A running exporter of evidence. */
export interface EvidenceExporter {
  /** Sends what waits. Resolves when it was taken or given up; never rejects. */
  flush(): Promise<void>;
  /** Hears no more, sends what waits, closes the exporter. Never rejects. */
  shutdown(): Promise<void>;
}

const MAX_QUEUE = 4_096;
const MAX_BATCH = 512;
const INTERVAL = 2_000;
/** A batch that was refused this often is given up, so that one that is refused for good does not block the others. */
const MAX_TRIES = 10;

/** Spans made by the exporter's own HTTP client are no evidence: the key under which OpenTelemetry JS suppresses tracing. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Starts to listen. Its timers are unreferenced: call `shutdown()` before the process ends. */
export function startEvidenceExporter(options: EvidenceExporterOptions): EvidenceExporter {
  const { exporter, maxQueue = MAX_QUEUE, interval = INTERVAL } = options;
  const queue: { readonly message: CallMessage; readonly spanContext: SpanContext }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  let sending: Promise<boolean> | undefined;

  const hear = (heard: unknown): void => {
    guarded('evidence could not be queued', () => enqueue(heard as CallMessage), undefined);
  };
  subscribe(CALL_CHANNEL, hear);
  return { flush, shutdown };

  function enqueue(message: CallMessage): void {
    if (queue.length >= maxQueue) {
      reportOnce('the queue of evidence is full; further calls are not sent', message.name);
      return;
    }
    // The ids stay the same from try to try: what arrives twice is recognised.
    queue.push({ message, spanContext: message.spanContext ?? freshContext() });
    if (queue.length >= MAX_BATCH && tries === 0) void send();
    else schedule();
  }

  function schedule(): void {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void send();
    }, interval);
    timer.unref();
  }

  /** One batch at a time. Resolves to whether it is off the queue. */
  function send(): Promise<boolean> {
    sending ??= sendBatch().finally(() => {
      sending = undefined;
      if (queue.length > 0) schedule();
    });
    return sending;
  }

  async function sendBatch(): Promise<boolean> {
    const batch = queue.slice(0, MAX_BATCH);
    if (batch.length === 0) return true;
    const error = await deliver(batch).catch((thrown: unknown) => thrown ?? new Error('unknown'));
    tries = error === undefined ? 0 : tries + 1;
    if (error !== undefined) reportOnce('evidence could not be sent to the processor; it is tried again', error);
    if (error !== undefined && tries < MAX_TRIES) return false;
    tries = 0;
    queue.splice(0, batch.length);
    return true;
  }

  async function deliver(batch: typeof queue): Promise<unknown> {
    const resource = options.resource ?? registeredResource() ?? environmentResource(options.environment ?? {});
    if (resource.asyncAttributesPending === true) await resource.waitForAsyncAttributes?.();
    const spans: EvidenceSpan[] = batch.map(({ message, spanContext }) => evidenceSpan(message, spanContext, resource));
    return await new Promise((resolve) => {
      context.with(context.active().setValue(SUPPRESS_TRACING, true), () =>
        exporter.export(spans as never, ({ code, error }) => {
          resolve(code === 0 ? undefined : (error ?? new Error(`export failed with code ${code}`)));
        }),
      );
    });
  }

  async function flush(): Promise<void> {
    finishWaiting();
    clearTimeout(timer);
    timer = undefined;
    // What is refused now stays for the timer: a flush must not wait for a processor that is away.
    while (queue.length > 0 && (await send()));
  }

  async function shutdown(): Promise<void> {
    finishWaiting();
    unsubscribe(CALL_CHANNEL, hear);
    await flush();
    clearTimeout(timer);
    await exporter
      .shutdown()
      .catch((error: unknown) => reportOnce('the exporter of evidence did not shut down', error));
  }
}

function freshContext(): SpanContext {
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: TraceFlags.NONE,
  };
}
