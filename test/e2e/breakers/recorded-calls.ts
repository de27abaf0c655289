/** What an instrumented client does, without a client: it finds the scope, makes a span that says where it belongs, and reports. */
import { trace } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE, ATTR_GEN_AI_OPERATION_NAME, ATTR_LLM_FALLBACK_CALL_OUTCOME } from '@warmspare/semconv';
import { routeAttributes } from '../../../instrumentation/src/call/route-attributes.ts';
import { activeAttempt } from '../../../instrumentation/src/call/scope.ts';

/** An LLM call of this model that answers, or throws where an error is given. */
export async function llmCall(model: string, error?: Error): Promise<string> {
  const scope = activeAttempt();
  const span = trace.getTracer('test').startSpan(`chat ${model}`, {
    attributes: { [ATTR_GEN_AI_OPERATION_NAME]: 'chat', ...(scope && routeAttributes(scope)) },
  });
  scope?.onStart();
  await Promise.resolve();
  if (scope?.carriesOutcome !== 'attempt-span') {
    span.setAttribute(ATTR_LLM_FALLBACK_CALL_OUTCOME, error === undefined ? 'success' : 'error');
  }
  if (error !== undefined) span.setAttribute(ATTR_ERROR_TYPE, 'error');
  span.end();
  scope?.onCall({ attributes: {}, endTime: 0, ...(error && { error }) });
  if (error !== undefined) throw error;
  return model;
}
