/** Another instrumentation's spans in the same process: a real SDK ends them, the in-process ledger reads them. */
import { SpanStatusCode } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { startInProcess } from '@warmspare/processor/in-process';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
} from '@warmspare/semconv';
import { expect, it, onTestFinished } from 'vitest';

const CONFIG = `
chains:
  - name: summarize
    targets:
      - { name: gpt, type: primary, match: { gen_ai.request.model: gpt-* } }
      - { name: claude, type: fallback, match: { gen_ai.request.model: claude-* } }
`;

it('counts what fell and what stepped in, and hands it to the application’s metric reader', async () => {
  const warmspare = startInProcess({ service: { name: 'shop' }, config: CONFIG });
  onTestFinished(() => warmspare.close());
  const provider = new TracerProvider({ spanProcessors: [warmspare.createSpanProcessor()] });
  const tracer = provider.getTracer('another-instrumentation');
  const call = (model: string, error?: Error): void => {
    const attributes = { [ATTR_GEN_AI_OPERATION_NAME]: 'chat', [ATTR_GEN_AI_REQUEST_MODEL]: model };
    const span = tracer.startSpan(`chat ${model}`, { attributes });
    if (error) {
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR });
    } else span.setAttribute(ATTR_GEN_AI_RESPONSE_FINISH_REASONS, ['stop']);
    span.end();
  };
  call('gpt-5', new RangeError('down'));
  call('claude-haiku');
  await provider.forceFlush();

  const { targets } = await warmspare.snapshot();
  expect(targets).toMatchObject([
    { target: 'gpt', lastFailure: { outcome: 'error', errorType: 'RangeError' }, lastSuccess: undefined },
    { target: 'claude', state: 'fresh', lastFailure: undefined },
  ]);
  const { resourceMetrics, errors } = await warmspare.createMetricProducer().collect();
  const names = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));
  expect(names).toContain(METRIC_LLM_FALLBACK_CALLS);
  expect(names).toContain(METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS);
  expect(errors).toEqual([]);
});
