/**
 * Tokens and a model in, what the call cost out, by an offline price list or the user's own. An unknown price is undefined,
 * never 0. Holds one entry a model, reads no network.
 */
import type { PriceCalculation } from '@pydantic/genai-prices';
import { guarded, reportOnce } from '../base/report.ts';
import type { Billing, Cost, TokenUsage } from '../types/call.ts';
import { findPrice, isEntryOf, isPriced, priceListId } from './price-list.ts';

/** What a call used, as the user's own price function is given it. */
export interface PricedCall {
  /** The provider that a gateway says it asked, else `gen_ai.provider.name`. */
  readonly provider: string;
  /** The model that served. */
  readonly model: string;
  /** The model, alias or deployment that the request named. */
  readonly requestModel?: string | undefined;
  readonly usage: TokenUsage;
  /** Terms beside the tokens. Undefined: the usual ones. */
  readonly billing?: Billing | undefined;
}

/** The user's own prices. Undefined: ask the price list. */
export type PriceHook = (call: PricedCall) => { readonly amount: number; readonly currency: string } | undefined;

/** What a call cost; undefined where the price is unknown. */
export type Pricer = (call: PricedCall) => Cost | undefined;

/** USD a million tokens; undefined where the list has no price of a kind. */
interface Rates {
  readonly model: string;
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
}

/** Names come from requests and answers, and may be many: past these, the oldest entry goes. */
const MAX_MODELS = 512;
const MAX_PROVIDERS = 64;
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
    const { usage, provider, billing } = call;
    if (usage.input === undefined && usage.output === undefined) return undefined;
    const factor = billing === undefined ? 1 : factorOf(billing, provider);
    if (Number.isNaN(factor)) return undefined;
    let models = providers.get(provider);
    if (models === undefined) {
      models = new Map();
      keep(providers, MAX_PROVIDERS, provider, models);
    }
    let rates = models.get(call.model);
    if (rates === undefined) {
      rates = lookUp(call);
      keep(models, MAX_MODELS, call.model, rates);
    }
    if (rates === 'unknown') return undefined;
    const cost = rates === 'varies' ? priceOf(call) : flat(usage, rates);
    return cost === undefined || factor === 1 ? cost : { ...cost, amount: cost.amount * factor };
  }
}

function keep<V>(map: Map<string, V>, most: number, key: string, value: V): void {
  const oldest = map.keys().next();
  if (map.size >= most && oldest.done !== true) map.delete(oldest.value);
  map.set(key, value);
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

/** Words for the terms that the list's prices are of. A request's `auto` is one: the answer says what came of it. */
const USUAL: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'standard',
  'standard_only',
  'on_demand',
  'global',
  'not_available',
]);

/** Terms that the provider prices by one factor for all models and kinds of tokens, with its word for that. */
const FACTORS: ReadonlyMap<string, number> = new Map([
  // "Priced at Batch API rates", which are half: https://developers.openai.com/api/docs/guides/flex-processing
  ['openai flex', 0.5],
  // https://learn.microsoft.com/azure/foundry/openai/how-to/flex-processing
  ['azure flex', 0.5],
  // "Pricing matches the on-demand tier": https://console.groq.com/docs/flex-processing
  ['groq flex', 1],
  // https://platform.claude.com/docs/en/about-claude/pricing, "Data residency pricing"
  ['anthropic us', 1.1],
]);

/** What the list's price is to be multiplied by; NaN where nobody says. */
function factorOf({ tier, speed, geo, extras }: Billing, provider: string): number {
  if (extras === true) return Number.NaN;
  return termFactor(tier, provider) * termFactor(speed, provider) * termFactor(geo, provider);
}

function termFactor(word: string | undefined, provider: string): number {
  // Most calls are on the usual terms: they make no text to look up.
  if (word === undefined || USUAL.has(word)) return 1;
  const term = word.toLowerCase();
  return USUAL.has(term) ? 1 : (FACTORS.get(`${priceListId(provider)} ${term}`) ?? Number.NaN);
}

function lookUp({ provider, model, usage }: PricedCall): Rates | 'unknown' | 'varies' {
  const found = findPrice(priceListId(provider), model, usage);
  if (found === undefined || !isEntryOf(found.model, model)) return 'unknown';
  // Prices that depend on the time or the length of the prompt are asked for anew at each call.
  if (Array.isArray(found.model.prices)) return 'varies';
  return ratesOf(found) ?? 'varies';
}

function ratesOf({ model, model_price: prices }: PriceCalculation): Rates | undefined {
  const { input_mtok, output_mtok, requests_kcount } = prices;
  const cacheRead = prices.cache_read_mtok ?? input_mtok ?? 0;
  const cacheWrite = prices.cache_write_mtok ?? input_mtok ?? 0;
  const cacheWriteHour = prices.cache_write_1h_mtok ?? cacheWrite;
  if (typeof input_mtok === 'object' || typeof output_mtok === 'object' || requests_kcount !== undefined)
    return undefined;
  if (typeof cacheRead === 'object' || typeof cacheWrite === 'object' || typeof cacheWriteHour === 'object')
    return undefined;
  return { model: model.id, input: input_mtok, output: output_mtok, cacheRead, cacheWrite, cacheWriteHour };
}

function flat(usage: TokenUsage, rates: Rates): Cost | undefined {
  if (!isPriced(usage, rates.input, rates.output)) return undefined;
  const read = usage.cacheRead ?? 0;
  const write = usage.cacheWrite ?? 0;
  const hour = Math.min(write, usage.cacheWriteHour ?? 0);
  const uncached = Math.max(0, (usage.input ?? 0) - read - write);
  const micros =
    uncached * (rates.input ?? 0) +
    read * rates.cacheRead +
    (write - hour) * rates.cacheWrite +
    hour * rates.cacheWriteHour +
    (usage.output ?? 0) * (rates.output ?? 0);
  return { amount: micros / MILLION, currency: 'USD', source: 'local', model: rates.model };
}

function priceOf({ provider, model, usage }: PricedCall): Cost | undefined {
  const found = findPrice(priceListId(provider), model, usage);
  if (found === undefined || !isPriced(usage, found.model_price.input_mtok, found.model_price.output_mtok))
    return undefined;
  return { amount: found.total_price, currency: 'USD', source: 'local', model: found.model.id };
}
