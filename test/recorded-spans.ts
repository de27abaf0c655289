/**
 * A global SDK that keeps its spans, and a subscriber that keeps the channel's messages: what an app under Warmspare leaves
 * behind. For tests; `close()` takes the SDK away again.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Context, type ContextManager, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type ReadableSpan, type Sampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { CALL_CHANNEL, type CallMessage } from '@warmspare/semconv';

export interface RecordedSpans {
  /** In the order in which they ended. */
  readonly spans: readonly ReadableSpan[];
  readonly messages: readonly CallMessage[];
  span(name: string): ReadableSpan;
  message(name: string): CallMessage;
  reset(): void;
  close(): void;
}

export interface RecordedSpansOptions {
  readonly sampler?: Sampler;
  /** False: as in an app without an SDK. */
  readonly sdk?: boolean;
}

export function recordSpans({ sampler, sdk = true }: RecordedSpansOptions = {}): RecordedSpans {
  const spans: ReadableSpan[] = [];
  const messages: CallMessage[] = [];
  const done = (): Promise<void> => Promise.resolve();
  if (sdk) {
    const manager: ContextManager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    trace.setGlobalTracerProvider(
      new TracerProvider({
        spanProcessors: [{ onStart() {}, onEnd: (span) => spans.push(span), forceFlush: done, shutdown: done }],
        ...(sampler === undefined ? {} : { sampler }),
      }),
    );
  }
  const hear = (message: unknown): void => {
    messages.push(message as CallMessage);
  };
  subscribe(CALL_CHANNEL, hear);
  return {
    spans,
    messages,
    span: (name) => only(spans, name),
    message: (name) => only(messages, name),
    reset: () => {
      spans.length = 0;
      messages.length = 0;
    },
    close: () => {
      unsubscribe(CALL_CHANNEL, hear);
      trace.disable();
      context.disable();
    },
  };
}

/** A context under which spans have this remote parent. */
export function remoteParent(base: Context): Context {
  return trace.setSpanContext(base, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
    isRemote: true,
  });
}

function only<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  const [found, ...more] = all.filter((one) => one.name === name);
  if (found === undefined || more.length > 0) {
    throw new Error(`one "${name}" wanted, among ${all.map((one) => one.name).join(', ') || 'none'}`);
  }
  return found;
}
