/**
 * LiteLLM's own spans, proxy and library: OpenTelemetry's older names and a cost in US dollars. What its cache answered looks like an
 * answer of the model; only the hidden parameters tell.
 */
import type { Dialect } from './dialect.ts';
import { jsonObject } from './json-text.ts';

export const LITELLM: Dialect = {
  // `litellm_request` spans. `raw_gen_ai_request`, below them, has neither this nor an operation.
  calls: [{ key: 'litellm.call_id', says: (id) => id !== '' }],
  cached: [{ key: 'hidden_params', says: hasCacheKey }],
  // A fallback's calls have one id; the span of a stream begins with the run, before the calls that failed.
  runs: ['litellm.call_id'],
  aliases: { costAmount: ['gen_ai.cost.total_cost'] },
};

/** Only hits have a key of the cache. */
function hasCacheKey(text: string): boolean {
  return text.includes('"cache_key": "') && typeof jsonObject(text)?.cache_key === 'string';
}
