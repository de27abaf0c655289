/**
 * An instrumentation with an in-memory SDK in, the spans and channel messages that it makes out. For the tests beside this
 * file; each begins with `reset()`.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ReadableSpan, type Sampler, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { CALL_CHANNEL, type CallMessage } from '@warmspare/semconv';
import { finishWaiting } from '../../../instrumentation/src/after-answer.ts';
import {
  LlmFallbackInstrumentation,
  type LlmFallbackInstrumentationConfig,
} from '../../../instrumentation/src/instrumentation.ts';

export interface Recorded {
  readonly instrumentation: LlmFallbackInstrumentation;
  readonly provider: TracerProvider;
  readonly messages: readonly CallMessage[];
  spans(): readonly ReadableSpan[];
  /** The one span that there is. */
  span(): ReadableSpan;
  reset(): void;
  close(): void;
}

export function record(
  config: LlmFallbackInstrumentationConfig = {},
  sampler?: Sampler,
  processors: readonly Omit<SpanProcessor, 'onStart'>[] = [],
): Recorded {
  const ended: ReadableSpan[] = [];
  const provider = new TracerProvider({
    spanProcessors: [
      ...(processors as readonly SpanProcessor[]),
      { onStart() {}, onEnd: (span) => ended.push(span), forceFlush: done, shutdown: done },
    ],
    ...(sampler === undefined ? {} : { sampler }),
  });
  const instrumentation = new LlmFallbackInstrumentation(config);
  instrumentation.setTracerProvider(provider);
  const messages: CallMessage[] = [];
  const hear = (message: unknown): void => {
    messages.push(message as CallMessage);
  };
  subscribe(CALL_CHANNEL, hear);
  // Outputs are held against their schemas when the caller has them.
  const spans = (): readonly ReadableSpan[] => {
    finishWaiting();
    return ended;
  };
  return {
    instrumentation,
    provider,
    get messages() {
      finishWaiting();
      return messages;
    },
    spans,
    span: () => {
      const [only, ...more] = spans();
      if (only === undefined || more.length > 0) throw new Error(`${spans().length} spans in place of one`);
      return only;
    },
    reset: () => {
      finishWaiting();
      ended.length = 0;
      messages.length = 0;
    },
    close: () => {
      unsubscribe(CALL_CHANNEL, hear);
      instrumentation.disable();
    },
  };
}

const done = (): Promise<void> => Promise.resolve();
