import { ATTR_LLM_FALLBACK_CALL_OUTCOME } from '@warmspare/semconv';

/** A span as the app's SDK sent it. Attribute values are as OTLP JSON writes them. */
export interface SentSpan {
  readonly name: string;
  /** Of the instrumentation that started it. */
  readonly scope: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Those that stand for one call of a model, whoever started them. */
export function llmSpans(spans: readonly SentSpan[]): readonly SentSpan[] {
  return spans.filter(({ attributes }) => ATTR_LLM_FALLBACK_CALL_OUTCOME in attributes);
}
