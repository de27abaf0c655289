/**
 * A client object in, the host that it calls and the provider behind that host out. Where the host says nothing, the
 * provider is the one that the client library was made for.
 */

import { fields, text } from '../base/read.ts';
import type { Server } from '../types/call.ts';

export interface Endpoint {
  readonly server: Server | undefined;
  readonly provider: string;
  /** The host is a provider's own: no gateway stands before it. */
  readonly direct: boolean;
}

/** Well-known hosts, by the values that the GenAI conventions give `gen_ai.provider.name`. */
const PROVIDERS: readonly (readonly [suffix: string, provider: string])[] = [
  ['api.openai.com', 'openai'],
  ['api.anthropic.com', 'anthropic'],
  ['api.groq.com', 'groq'],
  ['.openai.azure.com', 'azure.ai.openai'],
  ['.services.ai.azure.com', 'azure.ai.inference'],
  ['openrouter.ai', 'openrouter'],
  ['api.deepseek.com', 'deepseek'],
  ['api.x.ai', 'x_ai'],
  ['api.mistral.ai', 'mistral_ai'],
  ['api.perplexity.ai', 'perplexity'],
  ['generativelanguage.googleapis.com', 'gcp.gemini'],
  ['aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['-aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['.rep.googleapis.com', 'gcp.vertex_ai'],
  ['api.cohere.com', 'cohere'],
  ['api.cohere.ai', 'cohere'],
  ['api.together.xyz', 'together_ai'],
  ['api.together.ai', 'together_ai'],
  ['api.fireworks.ai', 'fireworks'],
  ['.inference.ai.azure.com', 'azure.ai.inference'],
  ['integrate.api.nvidia.com', 'nvidia'],
  ['api.moonshot.ai', 'moonshot_ai'],
  ['router.huggingface.co', 'huggingface'],
  ['ollama.com', 'ollama'],
];

/** Servers that people run themselves: by a part of the host's name, or by the port that they listen on unless told otherwise. */
const OWN_SERVERS: readonly (readonly [name: RegExp, port: number | undefined, provider: string])[] = [
  [/(?:^|[.-])vllm(?:[.-]|$)/, undefined, 'vllm'],
  [/(?:^|[.-])llama-?cpp(?:[.-]|$)/, undefined, 'llama_cpp'],
  [/(?:^|[.-])lm-?studio(?:[.-]|$)/, 1_234, 'lm_studio'],
  [/(?:^|[.-])ollama(?:[.-]|$)/, 11_434, 'ollama'],
];

/** Of these, the ones before which no gateway stands. Azure's router and the compatible hosts say something in their answers. */
const DIRECT: ReadonlySet<string> = new Set([
  'api.openai.com',
  'api.anthropic.com',
  'api.groq.com',
  'api.mistral.ai',
  'api.cohere.com',
  'generativelanguage.googleapis.com',
]);

interface Kept {
  readonly baseUrl: string;
  readonly endpoint: Endpoint;
}

/** By client: a call must not parse a URL. A client may be pointed elsewhere, so what it was parsed from is compared. */
const kept = new WeakMap<object, Kept>();

/** Where `client` sends its calls; `library` is the provider that it was made for. */
export function endpointOf(client: unknown, library: string): Endpoint {
  const options = fields(client);
  const baseUrl = text(options.baseURL) ?? '';
  // A library that keeps no client with its methods: there is nothing to keep its endpoint by.
  if (typeof client !== 'object' || client === null) return endpointAt(undefined, library);
  const known = kept.get(options);
  if (known !== undefined && known.baseUrl === baseUrl) return known.endpoint;
  const native = 'deploymentName' in options && library === 'openai' ? 'azure.ai.openai' : library;
  const endpoint = parse(baseUrl, native);
  kept.set(options, { baseUrl, endpoint });
  return endpoint;
}

/** The same endpoint for the same address, whose client is not at hand: what is made once serves all of its calls. */
const MAX_ADDRESSES = 64;
const addresses = new Map<string, Endpoint>();

/** What stands at `baseUrl`, which the client library made for `library` calls. */
export function endpointAt(baseUrl: unknown, library: string): Endpoint {
  const url = text(baseUrl) ?? '';
  const key = `${library} ${url}`;
  const known = addresses.get(key);
  if (known !== undefined) return known;
  const endpoint = parse(url, library);
  if (addresses.size >= MAX_ADDRESSES) addresses.clear();
  addresses.set(key, endpoint);
  return endpoint;
}

function parse(baseUrl: string, native: string): Endpoint {
  if (!URL.canParse(baseUrl)) return { server: undefined, provider: native, direct: false };
  const { hostname, port, protocol } = new URL(baseUrl);
  const number = port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : Number(port);
  const provider = providerAt(hostname, number) ?? native;
  return { server: { address: hostname, port: number }, provider, direct: DIRECT.has(hostname) };
}

function providerAt(hostname: string, port: number | undefined): string | undefined {
  const known = PROVIDERS.find(([suffix]) => (/^[.-]/.test(suffix) ? hostname.endsWith(suffix) : hostname === suffix));
  if (known !== undefined) return known[1];
  return OWN_SERVERS.find(([name, usual]) => name.test(hostname) || (usual !== undefined && usual === port))?.[2];
}
