/**
 * An instrumentation with an in-memory SDK in, the spans and channel messages that it makes out. For the tests beside this
 * file; each begins with `reset()`.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ReadableSpan, type Sampler, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  CALL_CHANNEL,
  type CallMessage,
} from '@warmspare/semconv';
import { finishWaiting } from '../../../instrumentation/src/base/after-answer.ts';
import {
  LlmFallbackInstrumentation,
  type LlmFallbackInstrumentationConfig,
} from '../../../instrumentation/src/instrumentation.ts';

export interface Recorded {
  readonly instrumentation: LlmFallbackInstrumentation;
  readonly provider: TracerProvider;
  readonly messages: readonly CallMessage[];
  /** Without those of {@link failed}. */
  spans(): readonly ReadableSpan[];
  /** The one span that there is. */
  span(): ReadableSpan;
  /** Attempts of targets that failed on the way, by the word of a call that another target ended. */
  failed(): readonly ReadableSpan[];
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
  const spans = (ofFailed: boolean): readonly ReadableSpan[] => {
    finishWaiting();
    return ended.filter((span) => isFailedTarget(span) === ofFailed);
  };
  return {
    instrumentation,
    provider,
    get messages() {
      finishWaiting();
      return messages;
    },
    spans: () => spans(false),
    failed: () => spans(true),
    span: () => {
      const all = spans(false);
      const [only, ...more] = all;
      if (only === undefined || more.length > 0) throw new Error(`${all.length} spans in place of one`);
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

/** An attempt that is no call of a client's. */
function isFailedTarget({ attributes, instrumentationScope }: ReadableSpan): boolean {
  const isOurs = instrumentationScope.name === '@warmspare/instrumentation';
  return isOurs && attributes[ATTR_GEN_AI_OPERATION_NAME] === undefined && ATTR_LLM_FALLBACK_CALL_OUTCOME in attributes;
}

const done = (): Promise<void> => Promise.resolve();
