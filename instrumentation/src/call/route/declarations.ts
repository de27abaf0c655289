/**
 * A request in, the fallbacks that it names itself out, so that one that never ran is known from the primary's first call on.
 * One row a system, with the source of its form. Pure.
 */
import { fields, list, text } from '../../base/read.ts';
import type { Declaration } from '../../types/declaration.ts';
import { portkeyLadders } from './portkey-config.ts';

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
  /** The ladder, the primary first, or each of several; undefined where the request declares none. */
  read(request: DeclaringRequest): Ladder | readonly Ladder[] | undefined;
}

interface Ladder extends Pick<Declaration, 'system' | 'names' | 'models' | 'paths' | 'strict'> {
  /** What the chain is called by; the first target's name unless said. */
  readonly primary?: string;
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
    read({ header, body }) {
      const json = header('x-portkey-config');
      if (json === undefined) return undefined;
      return portkeyLadders(json, text(fields(body).model)).map((ladder) => ({ system: 'portkey', ...ladder }));
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

/** The fallbacks that a request names, by the first system that it speaks to. Several, where only the answer tells which of them ran. */
export function declarationsIn(request: DeclaringRequest): readonly Declaration[] {
  for (const { read } of SYSTEMS) {
    const found = read(request) ?? [];
    const declared = (isList(found) ? found : [found]).filter(({ names }) => names.length > 1).map(kept);
    if (declared.length > 0) return declared;
  }
  return NONE;
}

const NONE: readonly Declaration[] = [];

const isList = (found: Ladder | readonly Ladder[]): found is readonly Ladder[] => Array.isArray(found);

/** The same arrays for the same ladder: whoever reads them may go by identity. */
const MAX_KEPT = 256;
const ladders = new Map<string, Declaration>();

function kept({ primary, system, names: all, ...rest }: Ladder): Declaration {
  const names = all.slice(0, MAX_TARGETS);
  const chain = `${system}:${primary ?? names[0]}`;
  const key = JSON.stringify([chain, names, rest]);
  const known = ladders.get(key);
  if (known !== undefined) return known;
  const types = names.map((_, rank) => (rank === 0 ? ('primary' as const) : ('fallback' as const)));
  const declaration = { chain, system, names, types, ...rest };
  if (ladders.size < MAX_KEPT) ladders.set(key, declaration);
  return declaration;
}

function named(system: string, models: readonly unknown[]): Ladder | undefined {
  const names = [...new Set(models.map((model) => text(model)).filter((model) => model !== undefined))];
  return names.length < 2 ? undefined : { system, names };
}
