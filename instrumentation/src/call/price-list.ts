/**
 * A provider's and a model's name in, the entry of the offline price list out. The price of a neighbour is no price: undefined
 * where the list does not name this very model of this very provider.
 */
import { calcPrice, type MatchLogic, type PriceCalculation } from '@pydantic/genai-prices';
import { sameModel } from '@warmspare/semconv';
import type { TokenUsage } from '../types/call.ts';

/** The price list's ids where they differ from the names that the GenAI conventions and gateways have, without punctuation. */
const PROVIDER_IDS: ReadonlyMap<string, string> = new Map([
  ['azureaiinference', 'azure'],
  ['azureaiopenai', 'azure'],
  ['azureopenai', 'azure'],
  ['azureai', 'azure'],
  ['awsbedrock', 'aws'],
  ['bedrock', 'aws'],
  ['gcpgemini', 'google'],
  ['gcpvertexai', 'google'],
  ['gemini', 'google'],
  ['vertexai', 'google'],
  ['mistralai', 'mistral'],
  ['xai', 'x-ai'],
  ['togetherai', 'together'],
  ['fireworksai', 'fireworks'],
  ['perplexityai', 'perplexity'],
]);

/** The price list's id of a provider that the GenAI conventions or a gateway name. */
export function priceListId(provider: string): string {
  const name = provider.toLowerCase();
  return PROVIDER_IDS.get(name.replace(/[^a-z0-9]/g, '')) ?? name;
}

/** What the list says of these tokens. `id`: its own id of the provider. */
export function findPrice(id: string, model: string, usage: TokenUsage): PriceCalculation | undefined {
  const found = calcPrice(tokensOf(usage), model, { providerId: id }) ?? undefined;
  // The list takes a provider for another whose name it contains.
  return found?.provider.id === id ? found : undefined;
}

/** Whether the list has a price of each kind of tokens that was used: it says 0 for those that it has none of. */
export function isPriced(usage: TokenUsage, inputPrice: unknown, outputPrice: unknown): boolean {
  if (inputPrice === undefined && outputPrice === undefined) return false;
  return (inputPrice !== undefined || !usage.input) && (outputPrice !== undefined || !usage.output);
}

/** Whether the entry means this very model: the list's patterns also catch a later version whose name begins like an earlier one's. */
export function isEntryOf(entry: PriceCalculation['model'], model: string): boolean {
  const name = model.toLowerCase().trim();
  return name === entry.id.toLowerCase() || means(entry.match, name);
}

function means(match: MatchLogic, name: string): boolean {
  if ('or' in match) return match.or.some((each) => means(each, name));
  if ('and' in match) return match.and.every((each) => means(each, name));
  if ('regex' in match) return new RegExp(match.regex).test(name);
  const [pattern] = Object.values(match);
  if (pattern === undefined) return false;
  // A pattern that ends in a separator is made for whatever follows, as the names of fine-tuned models are.
  return sameModel(name, pattern) || (/[-:/@]$/.test(pattern) && name.includes(pattern));
}

function tokensOf(usage: TokenUsage): Record<string, number> {
  const tokens: Record<string, number> = {};
  const cached = (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  // The list throws where the input is smaller than its cached part.
  tokens.input_tokens = Math.max(usage.input ?? 0, cached);
  if (usage.output !== undefined) tokens.output_tokens = usage.output;
  if (usage.cacheRead !== undefined) tokens.cache_read_tokens = usage.cacheRead;
  if (usage.cacheWrite !== undefined) {
    tokens.cache_write_tokens = usage.cacheWrite;
    if (usage.cacheWriteHour) tokens.cache_write_1h_tokens = Math.min(usage.cacheWrite, usage.cacheWriteHour);
  }
  return tokens;
}
