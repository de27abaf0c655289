/**
 * An answer's headers and body in, what the gateway in front says of it out: which rung served, whether its cache did, the
 * cost. One row a gateway, each with the source of its rule. A gateway that says nothing of fallbacks says no rung.
 */
import { type CacheType, sameModel } from '@warmspare/semconv';
import type { CallAnswer, CallRequest } from '../clients/call.ts';
import { count, fields, list, text } from '../clients/read.ts';

/** What a gateway said. */
export interface GatewaySaid {
  readonly gateway: string;
  /** 0 is the primary. */
  readonly rung?: number | undefined;
  /** The model that served. */
  readonly served?: string | undefined;
  readonly cache?: CacheType | undefined;
  /** US dollars. */
  readonly cost?: number | undefined;
  /** What the gateway paid for: the provider's name and the provider's own name of the model. */
  readonly billed?: { readonly provider?: string | undefined; readonly model?: string | undefined } | undefined;
  /** What the first rung failed with, in the form of a client's error. */
  readonly failure?: { readonly status: number | undefined; readonly code: string | undefined } | undefined;
}

/** Where a gateway's signs stand. */
export interface Signs {
  /** A response header, by its lower-case name. */
  header(name: string): string | undefined;
  readonly answer: CallAnswer | undefined;
  readonly request: Pick<CallRequest, 'model' | 'declared'>;
}

interface Gateway {
  readonly name: string;
  /** One header that it always sends, or none, where it is known by its body. */
  readonly mark: string | undefined;
  read(signs: Signs): Omit<GatewaySaid, 'gateway'> | undefined;
}

const GATEWAYS: readonly Gateway[] = [
  {
    // https://docs.litellm.ai/docs/proxy/response_headers. The body's model is rewritten to the requested one: the header is
    // to be trusted. The cache key comes with hits only.
    name: 'litellm',
    mark: 'x-litellm-call-id',
    read: ({ header, answer }) => ({
      rung: integer(header('x-litellm-attempted-fallbacks')),
      served:
        integer(header('x-litellm-attempted-fallbacks')) === 0
          ? undefined
          : (header('x-litellm-model-group') ?? answer?.model),
      cache: header('x-litellm-cache-key') === undefined ? undefined : 'exact',
      cost: dollars(header('x-litellm-response-cost')),
      billed: providerAndModel(header('x-litellm-model-name')),
    }),
  },
  {
    // https://portkey.ai/docs/api-reference/inference-api/response-schema. A path into a config, which may be of any strategy
    // (load balancing is one): a rung only where the request's own config says that it is of fallbacks.
    name: 'portkey',
    mark: 'x-portkey-last-used-option-index',
    read: ({ header, answer, request }) => ({
      rung: request.declared?.system === 'portkey' ? lastIndex(header('x-portkey-last-used-option-index')) : undefined,
      served: answer?.model,
      cache: portkeyCache(header('x-portkey-cache-status')),
      billed: { provider: text(header('x-portkey-provider')) },
    }),
  },
  {
    // https://developers.cloudflare.com/ai-gateway/configuration/fallbacks/: cf-aig-step, 0 is the primary.
    name: 'cloudflare',
    mark: 'cf-aig-step',
    read: ({ header, answer }) => ({
      rung: integer(header('cf-aig-step')),
      served: answer?.model,
      cache: hit(header('cf-aig-cache-status')),
    }),
  },
  {
    // Helicone, worker/src/routers/gatewayRouter.ts: the index into the fallbacks, 0 is the first.
    name: 'helicone',
    mark: 'helicone-id',
    read: ({ header, answer }) => ({
      rung: integer(header('helicone-fallback-index')),
      served: answer?.model,
      cache: hit(header('helicone-cache')),
    }),
  },
  {
    // Bifrost, transports/bifrost-http: the index only where a fallback served, the routing info always.
    name: 'bifrost',
    mark: 'x-bifrost-provider',
    read: ({ header, answer }) => ({
      rung:
        integer(header('x-bifrost-fallback-index')) ??
        { true: 1, false: 0 }[header('x-bifrost-routing-info-is-fallback') ?? ''],
      served: header('x-bifrost-routing-info-model') ?? answer?.model,
      billed: {
        provider: text(header('x-bifrost-routing-info-provider')) ?? text(header('x-bifrost-provider')),
        model: text(header('x-bifrost-routing-info-model')),
      },
    }),
  },
  {
    // https://ngrok.com/docs/ai-gateway/how-it-works#response-headers. Attempts count other keys of the same model too: only
    // another model is a fallback.
    name: 'ngrok',
    mark: 'ngrok-aig-attempts',
    read: ({ header, request }) => {
      const served = header('ngrok-aig-model');
      const asked = request.model;
      if (served === undefined || asked === undefined) return { served };
      if (request.declared !== undefined) return { served };
      const moved = (integer(header('ngrok-aig-attempts')) ?? 1) > 1 && !sameModel(asked, served);
      return { served, rung: moved ? 1 : undefined };
    },
  },
  {
    // https://developer.konghq.com/plugins/ai-proxy/: it balances load as well, so the model alone is no fallback. The cache's
    // header is that of its caching plugins.
    name: 'kong',
    mark: 'x-kong-llm-model',
    read: ({ header }) => ({
      served: header('x-kong-llm-model'),
      cache: hit(header('x-cache-status')),
      billed: providerAndModel(header('x-kong-llm-model')),
    }),
  },
  {
    // https://vllm-semantic-router.com/docs/troubleshooting/vsr-headers: it chooses by content, which is no fallback.
    name: 'vllm_semantic_router',
    mark: 'x-vsr-selected-model',
    read: ({ header }) => ({
      served: header('x-vsr-selected-model'),
      cache: header('x-vsr-cache-hit') === 'true' ? 'semantic' : undefined,
    }),
  },
  {
    // https://vercel.com/docs/ai-gateway/models-and-providers/provider-options. The body's model stays the requested one.
    name: 'vercel',
    mark: undefined,
    read: ({ answer }) => {
      const gateway = fields(fields(answer?.providerMetadata).gateway);
      const routing = fields(gateway.routing);
      const asked = text(routing.originalModelId);
      if (asked === undefined) return undefined;
      const winner = fields(list(routing.modelAttempts).find((attempt) => fields(attempt).success === true));
      const served = text(winner.modelId) ?? text(routing.canonicalSlug);
      const models = [...new Set(list(routing.modelAttempts).map((attempt) => text(fields(attempt).modelId)))];
      const moved = served !== undefined && !sameModel(asked, served);
      return {
        served,
        rung: moved ? Math.max(1, models.indexOf(served)) : 0,
        cost: dollars(gateway.cost),
        billed: { provider: text(routing.finalProvider), model: served },
      };
    },
  },
  {
    // https://learn.microsoft.com/azure/foundry/openai/how-to/monitor-model-router: attempts in order. It ranks the models anew for
    // each request (`routing_config.models` is a pool, no ladder): only what it tried after a failure is a fallback.
    name: 'azure_model_router',
    mark: undefined,
    read: ({ answer }) => {
      const trace = list(fields(fields(answer?.modelSelection).model_router_details).routing_trace);
      const attempts = list(fields(trace.at(-1)).attempts).map((attempt) => fields(attempt));
      if (attempts.length === 0) return undefined;
      const [first] = attempts.map(({ result }) => fields(result));
      const moved = attempts.length > 1 && attempts[0]?.model !== attempts.at(-1)?.model;
      return {
        served: text(attempts.at(-1)?.model) ?? answer?.model,
        rung: moved ? attempts.length - 1 : 0,
        failure: moved ? { status: count(first?.status), code: text(fields(first?.error).code) } : undefined,
      };
    },
  },
  {
    // https://openrouter.ai/docs/api-reference/overview#usage: it reports a cost beside the tokens. The body's model served.
    name: 'openrouter',
    mark: undefined,
    read: ({ answer }) => (answer?.usageCost === undefined ? undefined : { served: answer.model }),
  },
];

/** What the first gateway that left its mark said. */
export function gatewaySaid(signs: Signs): GatewaySaid | undefined {
  for (const { name, mark, read } of GATEWAYS) {
    if (mark !== undefined && signs.header(mark) === undefined) continue;
    const said = read(signs);
    if (said !== undefined) return { gateway: name, ...said };
  }
  return undefined;
}

function integer(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

/** A cost of 0 is one that the gateway does not know: LiteLLM sends it with errors and with models of no known price. */
function dollars(value: unknown): number | undefined {
  const amount = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof amount === 'number' && amount > 0 ? count(amount) : undefined;
}

/** `config.targets[1]`, nested ones included: the outermost list is the ladder. */
function lastIndex(path: string | undefined): number | undefined {
  return integer(path?.match(/targets\[(\d+)\]/)?.[1]);
}

/** `openai/gpt-4.1-mini`; what the provider calls its model may have slashes, too. */
function providerAndModel(name: string | undefined): GatewaySaid['billed'] {
  const [, provider, model] = /^([^/]+)\/(.+)$/.exec(name ?? '') ?? [];
  return model === undefined ? undefined : { provider, model };
}

function hit(status: string | undefined): CacheType | undefined {
  return status?.toUpperCase() === 'HIT' ? 'exact' : undefined;
}

function portkeyCache(status: string | undefined): CacheType | undefined {
  if (status?.toUpperCase() === 'SEMANTIC HIT') return 'semantic';
  return hit(status);
}
