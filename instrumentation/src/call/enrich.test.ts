/** Spans of instrumentations that nobody patched here, inside a chain: they are part of its attempts, and none of their own. */
import { trace } from '@opentelemetry/api';
import { type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
} from '@warmspare/semconv';
import { expect, it, onTestFinished } from 'vitest';
import { chain } from '../api/chain.ts';
import { llmFallbackSpanProcessor } from './enrich.ts';

it('a foreign call inside an attempt names it, and carries no outcome', async () => {
  const ended: ReadableSpan[] = [];
  const done = (): Promise<void> => Promise.resolve();
  trace.setGlobalTracerProvider(
    new TracerProvider({
      spanProcessors: [
        llmFallbackSpanProcessor() as SpanProcessor,
        { onStart() {}, onEnd: (span) => ended.push(span), forceFlush: done, shutdown: done },
      ],
    }),
  );
  onTestFinished(() => trace.disable());
  const start = (operation: string) =>
    trace
      .getTracer('foreign')
      .startSpan(operation, { attributes: { [ATTR_GEN_AI_OPERATION_NAME]: operation } })
      .end();
  const run = () => ['chat', 'invoke_agent'].map(start).length;

  await chain('foreign', { targets: [{ name: 'gpt', type: 'primary', run }] })();

  const span = (name: string) => ended.find((each) => each.name === name);
  const attempt = span('foreign gpt');
  expect(span('chat')?.attributes).toMatchObject({
    [ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID]: attempt?.spanContext().spanId,
    [ATTR_LLM_FALLBACK_TARGET_NAME]: 'gpt',
  });
  expect(span('chat')?.attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_CALL_OUTCOME]);
  expect(span('invoke_agent')?.attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID]);
});
