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
];

/** Of these, the ones before which no gateway stands. Azure's router and the compatible hosts say something in their answers. */
const DIRECT: ReadonlySet<string> = new Set(['api.openai.com', 'api.anthropic.com', 'api.groq.com']);

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
  const known = kept.get(options);
  if (known !== undefined && known.baseUrl === baseUrl) return known.endpoint;
  const native = 'deploymentName' in options && library === 'openai' ? 'azure.ai.openai' : library;
  const endpoint = parse(baseUrl, native);
  kept.set(options, { baseUrl, endpoint });
  return endpoint;
}

function parse(baseUrl: string, native: string): Endpoint {
  if (!URL.canParse(baseUrl)) return { server: undefined, provider: native, direct: false };
  const { hostname, port, protocol } = new URL(baseUrl);
  const host = PROVIDERS.find(([suffix]) => (suffix.startsWith('.') ? hostname.endsWith(suffix) : hostname === suffix));
  const number = port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : Number(port);
  return { server: { address: hostname, port: number }, provider: host?.[1] ?? native, direct: DIRECT.has(hostname) };
}
