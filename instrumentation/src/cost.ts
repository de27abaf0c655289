/**
 * Tokens and a model in, what the call cost out, by an offline price list or the user's own. An unknown price is undefined,
 * never 0. Holds one entry a model, reads no network, no clock.
 */
import { calcPrice, type PriceCalculation } from '@pydantic/genai-prices';
import type { Cost, TokenUsage } from './clients/call.ts';
import { guarded, reportOnce } from './report.ts';

/** What a call used, as the user's own price function is given it. */
export interface PricedCall {
  readonly provider: string;
  readonly model: string;
  readonly usage: TokenUsage;
}

/** The user's own prices. Undefined: ask the price list. */
export type PriceHook = (call: PricedCall) => { readonly amount: number; readonly currency: string } | undefined;

/** What a call cost; undefined where the price is unknown. */
export type Pricer = (call: PricedCall) => Cost | undefined;

/** The price list's ids where they differ from `gen_ai.provider.name`. */
const PROVIDER_IDS: Readonly<Record<string, string>> = {
  'azure.ai.openai': 'azure',
  'azure.ai.inference': 'azure',
  'aws.bedrock': 'aws',
  'gcp.gemini': 'google',
  'gcp.vertex_ai': 'google',
  mistral_ai: 'mistral',
  x_ai: 'x-ai',
};

/** USD a million tokens. */
interface Rates {
  readonly model: string;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
}

/** Model names come from requests and may be many: past this, the oldest entry goes. */
const MAX_MODELS = 512;
const MILLION = 1_000_000;

/** Prices calls. A look-up in the list costs as much as the rest of our work on a call, so flat rates are kept by model. */
export function createPricer(hook?: PriceHook): Pricer {
  const providers = new Map<string, Map<string, Rates | 'unknown' | 'varies'>>();

  return (call) => {
    const own = hook === undefined ? undefined : guarded('price() failed', () => checked(hook(call)), undefined);
    if (own !== undefined) return { ...own, source: 'local', model: call.model };
    try {
      return listed(call);
    } catch (error) {
      reportOnce('a call could not be priced', error);
      return undefined;
    }
  };

  function listed(call: PricedCall): Cost | undefined {
    if (call.usage.input === undefined && call.usage.output === undefined) return undefined;
    let models = providers.get(call.provider);
    if (models === undefined) {
      models = new Map();
      providers.set(call.provider, models);
    }
    let rates = models.get(call.model);
    if (rates === undefined) {
      rates = lookUp(call);
      const oldest = models.keys().next();
      if (models.size >= MAX_MODELS && oldest.done !== true) models.delete(oldest.value);
      models.set(call.model, rates);
    }
    if (rates === 'unknown') return undefined;
    return rates === 'varies' ? priceOf(call) : flat(call.usage, rates);
  }
}

/** What is no price is none: a NaN would poison every sum that it comes into. */
function checked(own: ReturnType<PriceHook>): ReturnType<PriceHook> {
  if (own === undefined) return undefined;
  const { amount, currency } = own;
  if (!(Number.isFinite(amount) && amount >= 0 && /^[A-Z]{3}$/.test(currency))) {
    throw new TypeError(`price() must give { amount: number >= 0, currency: ISO 4217 } or undefined`);
  }
  return { amount, currency };
}

function lookUp(call: PricedCall): Rates | 'unknown' | 'varies' {
  const found = find(call);
  if (found === undefined) return 'unknown';
  // Prices that depend on the time or the length of the prompt are asked for anew at each call.
  if (Array.isArray(found.model.prices)) return 'varies';
  const prices = found.model_price;
  const input = prices.input_mtok ?? 0;
  const output = prices.output_mtok ?? 0;
  const cacheRead = prices.cache_read_mtok ?? input;
  const cacheWrite = prices.cache_write_mtok ?? input;
  const cacheWriteHour = prices.cache_write_1h_mtok ?? cacheWrite;
  const rates = [input, output, cacheRead, cacheWrite, cacheWriteHour];
  if (!rates.every((rate) => typeof rate === 'number') || prices.requests_kcount !== undefined) return 'varies';
  return {
    model: found.model.id,
    input: rates[0] ?? 0,
    output: rates[1] ?? 0,
    cacheRead: rates[2] ?? 0,
    cacheWrite: rates[3] ?? 0,
    cacheWriteHour: rates[4] ?? 0,
  };
}

function flat(usage: TokenUsage, rates: Rates): Cost {
  const read = usage.cacheRead ?? 0;
  const write = usage.cacheWrite ?? 0;
  const hour = Math.min(write, usage.cacheWriteHour ?? 0);
  const uncached = Math.max(0, (usage.input ?? 0) - read - write);
  const micros =
    uncached * rates.input +
    read * rates.cacheRead +
    (write - hour) * rates.cacheWrite +
    hour * rates.cacheWriteHour +
    (usage.output ?? 0) * rates.output;
  return { amount: micros / MILLION, currency: 'USD', source: 'local', model: rates.model };
}

function priceOf(call: PricedCall): Cost | undefined {
  const found = find(call);
  if (found === undefined) return undefined;
  return { amount: found.total_price, currency: 'USD', source: 'local', model: found.model.id };
}

function find({ provider, model, usage }: PricedCall): PriceCalculation | undefined {
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
  return calcPrice(tokens, model, { providerId: PROVIDER_IDS[provider] ?? provider }) ?? undefined;
}
