/**
 * An answer as it comes through an LLM gateway: the headers and body fields by which each one tells which rung served, whether
 * its cache did, and what the call cost. One entry a gateway, with the source of its form.
 */
import type { RecordedRequest } from './request.ts';
import { type Answer, answer, type Step } from './steps.ts';

export type Gateway =
  | 'azure_model_router'
  | 'bifrost'
  | 'cloudflare'
  | 'helicone'
  | 'kong'
  | 'litellm'
  | 'ngrok'
  | 'openrouter'
  | 'portkey'
  | 'vercel'
  | 'vllm_semantic_router';

/** What the gateway did with the request. */
export interface Routed {
  /** 0 is the target that was asked for, 1 the first fallback. */
  readonly rung: number;
  /** The model that served, as the gateway names it. */
  readonly model: string;
  /** The provider that served. Default `openai` on rung 0, `anthropic` below. */
  readonly provider?: string;
  /** Served by the gateway's own cache. */
  readonly cached?: 'exact' | 'semantic';
  /** US dollars; only some gateways report it. */
  readonly cost?: number;
}

type Told = Pick<Answer, 'headers' | 'body' | 'usage' | 'message' | 'model'>;
type Tell = (routed: Required<Pick<Routed, 'rung' | 'model' | 'provider'>> & Routed, request: RecordedRequest) => Told;

/** The answer of an OpenAI-compatible server behind this gateway. `details` say what the model itself answered. */
export function via(gateway: Gateway, routed: Routed, details: Omit<Answer, 'kind'> = {}): Step {
  return (request) => {
    const provider = routed.provider ?? (routed.rung === 0 ? 'openai' : 'anthropic');
    const told = GATEWAYS[gateway]({ ...routed, provider }, request);
    return answer({
      ...details,
      model: told.model ?? details.model ?? routed.model,
      headers: { ...told.headers, ...details.headers },
      body: { ...told.body, ...details.body },
      usage: { ...told.usage, ...details.usage },
      message: { ...told.message, ...details.message },
    });
  };
}

const GATEWAYS: Readonly<Record<Gateway, Tell>> = {
  // https://learn.microsoft.com/azure/foundry/openai/how-to/monitor-model-router. The attempts in order, the last one served.
  // Azure sends it where the request has the preview's header; here always, since only the answer matters.
  azure_model_router: ({ rung, model }) => ({
    body: {
      model_selection_details: {
        model_router_details: {
          mode: 'balanced',
          routing_trace: [
            {
              latency_ms: 19,
              attempts: [
                ...Array.from({ length: rung }, (_, attempt) => ({
                  model: `model-${attempt}`,
                  result: { status: 429, error: { code: 'RateLimitReached', message: 'Too many requests.' } },
                })),
                { model, result: { status: 200 } },
              ],
            },
          ],
        },
      },
    },
  }),
  // https://docs.litellm.ai/docs/proxy/response_headers. The body's model is the requested name unless a fallback ran.
  litellm: ({ rung, model, provider, cached, cost }, request) => ({
    model: rung === 0 ? asked(request) : model,
    headers: {
      'x-litellm-call-id': uuid(request),
      'x-litellm-model-id': `${provider}-deployment`,
      'x-litellm-model-group': model,
      'x-litellm-model-api-base': `https://api.${provider}.com`,
      'x-litellm-version': '1.80.0',
      'x-litellm-attempted-retries': '0',
      'x-litellm-attempted-fallbacks': String(rung),
      ...(cost === undefined ? {} : { 'x-litellm-response-cost': String(cost) }),
      ...(cached === undefined ? {} : { 'x-litellm-cache-key': 'f1d2d2f924e986ac86fdf7b36c94bcdf' }),
    },
  }),

  // https://portkey.ai/docs/api-reference/inference-api/response-schema. A path into the config, of whatever strategy.
  portkey: ({ rung, provider, cached }, request) => ({
    headers: {
      'x-portkey-last-used-option-index': `config.targets[${rung}]`,
      'x-portkey-provider': provider,
      'x-portkey-cache-status': cached === undefined ? 'MISS' : cached === 'exact' ? 'HIT' : 'SEMANTIC HIT',
      'x-portkey-retry-attempt-count': '0',
      'x-portkey-trace-id': uuid(request),
    },
  }),

  // https://openrouter.ai/docs/api-reference/overview. The metadata only where the request asks for it.
  openrouter: ({ rung, model, provider, cost }, request) => ({
    body: {
      provider: provider === 'anthropic' ? 'Anthropic' : 'OpenAI',
      ...(request.headers['x-openrouter-metadata'] === 'enabled'
        ? {
            openrouter_metadata: {
              requested: asked(request),
              strategy: 'direct',
              attempt: rung + 1,
              endpoints: { total: 1, available: [{ provider, model, selected: true }] },
            },
          }
        : {}),
    },
    usage: cost === undefined ? {} : { cost, is_byok: false },
  }),

  // https://developers.cloudflare.com/ai-gateway/configuration/fallbacks/
  cloudflare: ({ rung, cached }, request) => ({
    headers: {
      'cf-aig-step': String(rung),
      'cf-aig-cache-status': cached === undefined ? 'MISS' : 'HIT',
      'cf-aig-log-id': `01J${String(request.number).padStart(23, '0')}`,
      'cf-aig-event-id': uuid(request),
    },
  }),

  // https://docs.helicone.ai/features/advanced-usage/llm-caching; the index is set by worker/src/routers/gatewayRouter.ts.
  helicone: ({ rung, cached }, request) => ({
    headers: {
      'helicone-id': uuid(request),
      'helicone-status': 'success',
      'helicone-fallback-index': String(rung),
      'helicone-cache': cached === undefined ? 'MISS' : 'HIT',
    },
  }),

  // https://vercel.com/docs/ai-gateway/models-and-providers/provider-options. The body's model stays the requested one.
  vercel: ({ rung, model, provider, cost }, request) => ({
    model: asked(request),
    message: {
      provider_metadata: {
        gateway: {
          routing: {
            originalModelId: asked(request),
            resolvedProvider: provider,
            canonicalSlug: model,
            finalProvider: provider,
            modelAttemptCount: rung + 1,
            modelAttempts: [
              ...Array.from({ length: rung }, () => ({ modelId: asked(request), success: false })),
              { modelId: model, canonicalSlug: model, success: true, providerAttemptCount: 1 },
            ],
          },
          ...(cost === undefined ? {} : { cost: String(cost), marketCost: String(cost) }),
          generationId: `gen_${String(request.number).padStart(26, '0')}`,
        },
      },
    },
  }),

  // transports/bifrost-http: the index only where a fallback served, the routing info always.
  bifrost: ({ rung, model, provider }, request) => ({
    headers: {
      'x-bifrost-provider': provider,
      'x-bifrost-original-model': asked(request),
      'x-bifrost-resolved-model': model,
      'x-bifrost-request-type': 'chat_completion',
      'x-bifrost-routing-info-provider': provider,
      'x-bifrost-routing-info-model': model,
      'x-bifrost-routing-info-is-fallback': String(rung > 0),
      ...(rung > 0
        ? {
            'x-bifrost-fallback-index': String(rung),
            'x-bifrost-routing-info-primary-provider': 'openai',
            'x-bifrost-routing-info-primary-model': asked(request),
          }
        : {}),
    },
    body: { extra_fields: { provider, request_type: 'chat_completion', resolved_model_used: model } },
  }),

  // https://ngrok.com/docs/ai-gateway/how-it-works#response-headers. Attempts count from 1, other keys of one model among them.
  ngrok: ({ rung, model }, request) => ({
    headers: {
      'ngrok-aig-request-id': `rq_${String(request.number).padStart(10, '0')}`,
      'ngrok-aig-attempts': String(rung + 1),
      'ngrok-aig-model': model,
    },
  }),

  // https://developer.konghq.com/plugins/ai-proxy/ and, for the cache, /plugins/ai-semantic-cache/
  kong: ({ model, provider, cached }) => ({
    headers: {
      'x-kong-llm-model': `${provider}/${model}`,
      'x-kong-upstream-latency': '420',
      'x-kong-proxy-latency': '3',
      'x-cache-status': cached === undefined ? 'Miss' : 'Hit',
    },
  }),

  // https://vllm-semantic-router.com/docs/troubleshooting/vsr-headers
  vllm_semantic_router: ({ model, cached }) => ({
    headers: {
      'x-vsr-selected-model': model,
      'x-vsr-selected-decision': 'support_route',
      'x-vsr-selected-category': 'support',
      ...(cached === undefined ? {} : { 'x-vsr-cache-hit': 'true' }),
    },
  }),
};

function asked(request: RecordedRequest): string {
  return String(request.body.model ?? '');
}

function uuid(request: RecordedRequest): string {
  return `00000000-0000-4000-8000-${String(request.number).padStart(12, '0')}`;
}
