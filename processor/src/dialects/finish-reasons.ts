/** Why the model stopped, in the words of the providers and of the libraries that translate them. */
import type { AttributeValue } from '../types/span.ts';

export const REFUSALS: ReadonlySet<string> = new Set([
  'content_filter',
  'content-filter',
  'refusal',
  'SAFETY',
  'guardrail_intervened',
]);

export const TRUNCATIONS: ReadonlySet<string> = new Set([
  'length',
  'max_tokens',
  'MAX_TOKENS',
  'model_context_window_exceeded',
]);

/** A reason, a list of them, or (LiteLLM) the JSON of such a list. */
export function hasReason(value: AttributeValue | undefined, reasons: ReadonlySet<string>): boolean {
  if (typeof value === 'string') {
    if (!value.startsWith('[')) return reasons.has(value);
    return value.split('"').some((part) => reasons.has(part));
  }
  return Array.isArray(value) && value.some((reason) => reasons.has(reason));
}
