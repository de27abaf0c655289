/**
 * LiteLLM's own spans, proxy and library: OpenTelemetry's older names and a cost in US dollars. What its cache answered looks like an
 * answer of the model; the hidden parameters tell, and since 1.110 an attribute does.
 */
import type { Dialect } from './dialect.ts';
import { jsonObject } from './json-text.ts';

/** The service account of the proxy's health checks, which is their key, their team and their tag. */
const HEALTH_CHECK = 'litellm-internal-health-check';

/** As `metadata.*` of the older spans and `litellm.*` of the newer ones name who called. */
const CALLERS = [
  ['metadata.user_api_key_hash', 'metadata.user_api_key_alias'],
  ['metadata.user_api_key_team_id', 'metadata.user_api_key_team_alias'],
  ['litellm.api_key.hash', 'litellm.metadata.user_api_key_alias', 'litellm.team.id', 'litellm.team.alias'],
].flat();

/** What the proxy's span of a request says where all its calls failed. */
export const LITELLM_ERROR_MESSAGE = 'error.message';

/** The chain of a model group, as the instrumentation names it that reads the proxy's headers. */
export const gatewayChain = (group: string): string => `litellm:${group}`;

export const LITELLM: Dialect = {
  // `litellm_request` spans have an operation; `raw_gen_ai_request`, below them, has none.
  calls: [],
  cached: [
    { key: 'litellm.cache_hit', says: (hit) => hit.toLowerCase() === 'true' },
    { key: 'hidden_params', says: hasCacheKey },
  ],
  // Each deployment is called every few minutes, mostly for one token. Tags are lists, or such a list as text.
  probes: [
    ...CALLERS.map((key) => ({ key, says: (caller: string) => caller === HEALTH_CHECK })),
    ...['metadata.tags', 'langfuse.trace.tags'].map((key) => ({
      key,
      says: (tags: string) => tags.includes(HEALTH_CHECK),
    })),
  ],
  // A fallback's calls have one id; the span of a stream begins with the run, before the calls that failed.
  runs: ['litellm.call_id'],
  // The proxy has one id a request, the library's Router one a target: only the proxy knows keys and routes.
  requests: ['metadata.user_api_key_hash', 'metadata.user_api_key_request_route', 'litellm.api_key.hash'].map(
    (key) => ({
      key,
      says: (value) => value !== '',
    }),
  ),
  groups: ['litellm.model_group'],
  aliases: { costAmount: ['gen_ai.cost.total_cost'] },
};

/** Only hits have a key of the cache. */
function hasCacheKey(text: string): boolean {
  return text.includes('"cache_key": "') && typeof jsonObject(text)?.cache_key === 'string';
}
