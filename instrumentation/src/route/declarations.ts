/**
 * A request in, the fallbacks that it names itself out, so that one that never ran is known from the primary's first call on.
 * One row a system, with the source of its form. Pure.
 */
import { fields, list, text } from '../clients/read.ts';
import type { Declaration } from './route.ts';

/** Where a request may declare fallbacks. */
export interface DeclaringRequest {
  readonly body: unknown;
  /** A request header that the caller set, by its lower-case name. */
  header(name: string): string | undefined;
  readonly host: string | undefined;
  /** The provider that the client library was made for. */
  readonly library: string;
  /** Entries of Anthropic's refusal middleware. */
  readonly middleware: readonly unknown[];
}

interface System {
  /** The ladder, the primary first; undefined where the request declares none. */
  read(request: DeclaringRequest): { readonly system: string; readonly names: readonly string[] } | undefined;
}

/** A list that long is no ladder; it would make attributes of any size. */
const MAX_TARGETS = 16;

/**
 * Azure's model router is none: `routing_config.models` limits a request to a pool in which the router ranks the models anew for each
 * prompt, so there is no primary, and a model that was not chosen is no fallback that never ran
 * (https://learn.microsoft.com/azure/foundry/model-router/how-it-works and /routing-controls). What it tries after a failure is told by
 * `gateways.ts`.
 */
const SYSTEMS: readonly System[] = [
  {
    // @anthropic-ai/sdk, lib/middleware: betaRefusalFallbackMiddleware([{ model }]), the client's own ladder.
    read({ body, middleware }) {
      if (middleware.length === 0) return undefined;
      return named('anthropic', [fields(body).model, ...middleware.map((entry) => fields(entry).model)]);
    },
  },
  {
    // https://portkey.ai/docs/product/ai-gateway/fallbacks: a config as JSON; the id of a stored one is opaque.
    read({ header }) {
      const json = header('x-portkey-config');
      if (json === undefined) return undefined;
      const config = fields(parsed(json));
      if (fields(config.strategy).mode !== 'fallback') return undefined;
      const names = list(config.targets).map((target, index) => portkeyTarget(target, index));
      return { system: 'portkey', names };
    },
  },
  {
    // https://openrouter.ai/docs/guides/routing/model-fallbacks and https://ngrok.com/docs/ai-gateway: models in order.
    read({ body, host }) {
      const { model, models } = fields(body);
      if (models === undefined) return undefined;
      return named(host?.includes('ngrok') === true ? 'ngrok' : 'openrouter', [model, ...list(models)]);
    },
  },
  {
    // https://docs.litellm.ai/docs/proxy/reliability#client-side-fallbacks: strings or { model, messages };
    // Anthropic's API and OpenRouter's /messages: { model }, and Anthropic's own list as 'default'.
    read({ body, host, library }) {
      const { model, fallbacks } = fields(body);
      if (fallbacks === undefined) return undefined;
      const system =
        host?.includes('openrouter') === true ? 'openrouter' : library === 'anthropic' ? library : 'litellm';
      const below =
        fallbacks === 'default' ? ['default'] : list(fallbacks).map((entry) => text(entry) ?? fields(entry).model);
      return named(system, [model, ...below]);
    },
  },
  {
    // https://vercel.com/docs/ai-gateway/models-and-providers/model-fallbacks
    read({ body }) {
      const { model, providerOptions } = fields(body);
      if (providerOptions === undefined) return undefined;
      return named('vercel', [model, ...list(fields(fields(providerOptions).gateway).models)]);
    },
  },
  {
    // https://docs.helicone.ai/gateway/provider-routing: a comma-separated list in `model`.
    read({ body }) {
      const model = text(fields(body).model);
      return model?.includes(',') === true
        ? named(
            'helicone',
            model.split(',').map((name) => name.trim()),
          )
        : undefined;
    },
  },
];

/** Whether a request may name fallbacks at all: nearly none does, and each row above would be asked at each call. */
export function mayDeclare(body: unknown, setsHeaders: boolean, middleware: readonly unknown[]): boolean {
  const { model, models, fallbacks, providerOptions } = fields(body);
  if (setsHeaders || middleware.length > 0) return true;
  if (models !== undefined || fallbacks !== undefined || providerOptions !== undefined) return true;
  return typeof model === 'string' && model.includes(',');
}

/** The fallbacks that a request names, by the first system that it speaks to. */
export function declarationIn(request: DeclaringRequest): Declaration | undefined {
  for (const { read } of SYSTEMS) {
    const found = read(request);
    const primary = found?.names[0];
    if (found === undefined || primary === undefined || found.names.length < 2) continue;
    const names = found.names.slice(0, MAX_TARGETS);
    return kept(`${found.system}:${primary}`, found.system, names);
  }
  return undefined;
}

/** The same arrays for the same ladder: whoever reads them may go by identity. */
const MAX_KEPT = 256;
const ladders = new Map<string, Declaration>();

function kept(chain: string, system: string, names: readonly string[]): Declaration {
  const key = JSON.stringify([chain, names]);
  const known = ladders.get(key);
  if (known !== undefined) return known;
  const types = names.map((_, rank) => (rank === 0 ? ('primary' as const) : ('fallback' as const)));
  const declaration = { chain, system, names, types };
  if (ladders.size < MAX_KEPT) ladders.set(key, declaration);
  return declaration;
}

function named(system: string, models: readonly unknown[]): { system: string; names: readonly string[] } | undefined {
  const names = [...new Set(models.map((model) => text(model)).filter((model) => model !== undefined))];
  return names.length < 2 ? undefined : { system, names };
}

function portkeyTarget(target: unknown, index: number): string {
  const { override_params, provider, virtual_key } = fields(target);
  return text(fields(override_params).model) ?? text(provider) ?? text(virtual_key) ?? `target-${index}`;
}

function parsed(json: string): unknown {
  if (!json.startsWith('{') || json.length > 65_536) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
