/**
 * Sends every call, run and declaration that passes the channel to the processor, so that evidence does not depend on the
 * sampler: each under its own trace and span ids, through an OTLP trace exporter of the app. Never throws at anybody, never
 * holds the process open, keeps what could not be sent within a bound, and says what it had to drop.
 */
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import { CALL_CHANNEL, type CallMessage } from '@warmspare/semconv';
import { finishWaiting } from '../base/after-answer.ts';
import { guarded, reportOnce } from '../base/report.ts';
import { createDelivery, type EvidenceTransport } from './delivery.ts';
import { type EvidenceResource, type EvidenceSpan, evidenceSpan } from './evidence-span.ts';
import { createLosses } from './losses.ts';
import { createEvidenceQueue, type WaitingMessage } from './queue.ts';
import { environmentResource, registeredResource } from './resource.ts';

/** How evidence leaves the process. */
export interface EvidenceExporterOptions {
  readonly exporter: EvidenceTransport;
  /** Left out: the resource of the app's SDK, else `environment` is read. */
  readonly resource?: EvidenceResource | undefined;
  /** For `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`; hand over `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Bytes that wait at most, about; the oldest messages are dropped beyond it. Default 4 MiB, some thousands of calls. */
  readonly maxBytes?: number | undefined;
  /** Messages that wait at most; the oldest are dropped beyond it. Default: only the bytes count. */
  readonly maxQueue?: number | undefined;
  /** Milliseconds from a message to its sending, and to the first new try where that failed. Default 2,000. */
  readonly interval?: number | undefined;
}

/** A running exporter of evidence. */
export interface EvidenceExporter {
  /** Messages that were dropped or refused so far. */
  readonly dropped: number;
  /** Tries once to send what waits. Resolves when it was taken, or kept for later; never rejects. */
  flush(): Promise<void>;
  /**
   * Hears no more, tries once to send what waits, for at most `timeout` ms (default: as long as it takes), says what did not arrive,
   * closes the exporter. Never rejects.
   */
  shutdown(options?: { readonly timeout?: number | undefined }): Promise<void>;
  /** Takes a message that passed the channel of another thread. */
  hear(message: unknown): void;
  /**
   * At the exit of a process, where nothing asynchronous runs any more: hears no more, hands what is not known to have arrived to `send`
   * and says what did not leave. What arrives twice has the same ids.
   */
  leave(send: (spans: readonly EvidenceSpan[]) => boolean): void;
}

const MAX_BYTES = 4 * 1_024 * 1_024;
const MAX_BATCH = 512;
const INTERVAL = 2_000;
/** Longest wait between two tries, ms, unless the processor asks for more. */
const MAX_BACKOFF = 60_000;

const running = new Set<EvidenceExporter>();

/**
 * Sends the evidence that waits in this process now. For what freezes or ends a process without asking it: await it at the end of a
 * serverless handler. Resolves when everything was taken or could not be sent, and after `timeout` ms (default 5,000) at the latest; what
 * was not sent is kept. Never rejects.
 */
export async function flush({ timeout = 5_000 }: { readonly timeout?: number } = {}): Promise<void> {
  finishWaiting();
  await within(timeout, Promise.all([...running].map((exporter) => exporter.flush())));
}

/** Starts to listen. Its timers are unreferenced: call `shutdown()` before the process ends. */
export function startEvidenceExporter(options: EvidenceExporterOptions): EvidenceExporter {
  const { exporter, maxBytes = MAX_BYTES, maxQueue = Number.POSITIVE_INFINITY, interval = INTERVAL } = options;
  const queue = createEvidenceQueue(maxBytes, maxQueue);
  const deliver = createDelivery(exporter);
  const losses = createLosses();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Tries that failed since the last one that did not. */
  let failures = 0;
  let retryAfter = 0;
  let inFlight: readonly WaitingMessage[] = [];
  let sending: Promise<boolean> | undefined;

  const hear = (heard: unknown): void => {
    guarded('evidence could not be queued', () => enqueue(heard as CallMessage), undefined);
  };
  subscribe(CALL_CHANNEL, hear);
  const started: EvidenceExporter = {
    get dropped() {
      return losses.total;
    },
    flush: flushAll,
    shutdown,
    hear,
    leave,
  };
  running.add(started);
  return started;

  function enqueue(message: CallMessage): void {
    losses.add(queue.push(message, message.spanContext ?? freshContext()), TOO_MANY);
    if (queue.waiting.length >= MAX_BATCH && failures === 0) void send();
    else schedule();
  }

  function schedule(): void {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void send();
    }, wait());
    timer.unref();
  }

  /** Doubles with each failure, and differs between processes that saw the same outage. */
  function wait(): number {
    if (failures === 0) return interval;
    const longest = Math.max(interval, MAX_BACKOFF);
    const backoff = Math.min(longest, interval * 2 ** Math.min(failures - 1, 30));
    return Math.max(retryAfter, backoff * (0.5 + Math.random() / 2));
  }

  /** One batch at a time. Resolves to whether the next one may go at once. */
  function send(): Promise<boolean> {
    sending ??= sendBatch().finally(() => {
      sending = undefined;
      inFlight = [];
      if (queue.waiting.length > 0) schedule();
    });
    return sending;
  }

  async function sendBatch(): Promise<boolean> {
    inFlight = queue.take(MAX_BATCH);
    if (inFlight.length === 0) return true;
    const delivery = await attempt(inFlight).catch((error: unknown) => ({ kind: 'refused', error }) as const);
    switch (delivery.kind) {
      case 'sent':
        queue.forget(inFlight);
        failures = 0;
        losses.add(delivery.rejected, 'the processor rejected them');
        if (delivery.rejected > 0) losses.failing(delivery.error);
        else losses.settled();
        return true;
      case 'refused':
        queue.forget(inFlight);
        failures = 0;
        losses.add(inFlight.length, 'the processor refused them for good');
        losses.failing(delivery.error);
        return true;
      case 'again':
        failures += 1;
        retryAfter = delivery.after ?? 0;
        losses.add(queue.putBack(inFlight), TOO_MANY);
        losses.failing(delivery.error);
        return false;
    }
  }

  async function attempt(batch: readonly WaitingMessage[]): ReturnType<typeof deliver> {
    const resource = resourceNow();
    try {
      if (resource.asyncAttributesPending === true) await resource.waitForAsyncAttributes?.();
    } catch {
      // What is known of the app by now is sent.
    }
    return deliver(spansOf(batch, resource));
  }

  function resourceNow(): EvidenceResource {
    return options.resource ?? registeredResource() ?? environmentResource(options.environment ?? {});
  }

  async function flushAll(): Promise<void> {
    finishWaiting();
    clearTimeout(timer);
    timer = undefined;
    // What could not be sent now stays for the timer: a flush must not wait for a processor that is away.
    while (queue.waiting.length > 0 || sending !== undefined) if (!(await send())) return;
  }

  async function shutdown({ timeout }: { readonly timeout?: number | undefined } = {}): Promise<void> {
    finishWaiting();
    close();
    await within(timeout, flushAll());
    clearTimeout(timer);
    lose();
    await within(
      timeout,
      exporter.shutdown().catch((error: unknown) => reportOnce('the exporter of evidence did not shut down', error)),
    );
  }

  function leave(hand: (spans: readonly EvidenceSpan[]) => boolean): void {
    finishWaiting();
    close();
    const all = [...inFlight, ...queue.waiting];
    const left = guarded('evidence could not be sent at the exit', () => hand(spansOf(all, resourceNow())), false);
    if (!left) lose();
  }

  function close(): void {
    unsubscribe(CALL_CHANNEL, hear);
    running.delete(started);
  }

  function lose(): void {
    losses.add(inFlight.length + queue.waiting.length, 'the process ended before the processor took them');
    queue.forget(queue.take(queue.waiting.length));
    losses.settled();
  }
}

/**
 * Sends evidence to the processor for as long as the SDK runs, whatever its sampler says. Give it to the SDK as a span processor, or as
 * the exporter of one; it takes no spans, since evidence comes from the calls themselves.
 *
 * ```ts
 * const evidence = new WarmspareEvidenceExporter({ exporter: new OTLPTraceExporter({ url: 'http://127.0.0.1:4318/v1/traces' }) });
 * new NodeSDK({ spanProcessors: [evidence, new BatchSpanProcessor(new OTLPTraceExporter())] }).start();
 * ```
 */
export class WarmspareEvidenceExporter {
  private readonly running: EvidenceExporter;

  /** Starts at once. Its timers hold no process open. */
  constructor(options: EvidenceExporterOptions) {
    this.running = startEvidenceExporter(options);
  }

  /** Messages that were dropped or refused so far. */
  get dropped(): number {
    return this.running.dropped;
  }

  /** As a span processor: nothing to do. */
  onStart(): void {}

  /** As a span processor: nothing to do. */
  onEnd(): void {}

  /** As a span exporter: says at once that the spans were taken. */
  export(_spans: unknown, done: (result: { readonly code: 0 }) => void): void {
    done({ code: 0 });
  }

  /** Tries once to send what waits. Never rejects. */
  forceFlush(): Promise<void> {
    return this.running.flush();
  }

  /** Hears no more, sends what waits and closes the exporter. Never rejects. */
  shutdown(): Promise<void> {
    return this.running.shutdown();
  }
}

/** Resolves as `work` does, or after `timeout` ms. */
async function within(timeout: number | undefined, work: Promise<unknown>): Promise<void> {
  if (timeout === undefined) return void (await work);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeout);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

const TOO_MANY = 'more waited than are kept';

function spansOf(messages: readonly WaitingMessage[], resource: EvidenceResource): EvidenceSpan[] {
  return messages.map(({ message, spanContext }) => evidenceSpan(message, spanContext, resource));
}

function freshContext(): SpanContext {
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: TraceFlags.NONE,
  };
}
