/**
 * A call's request, answer and gateway in, what the call cost out: as it was reported, else by the price of the model that served.
 * Another model's price is none.
 */
import { sameModel } from '@warmspare/semconv';
import type { GatewaySaid } from '../gateways/gateway.ts';
import type { Billing, CallAnswer, CallRequest, Cost } from '../types/call.ts';
import type { PricedCall, Pricer } from './cost.ts';

/** Undefined where nobody reports a cost and no price is known. */
export function callCost(
  answer: CallAnswer,
  request: CallRequest,
  said: GatewaySaid | undefined,
  price: Pricer,
): Cost | undefined {
  // What came out of a cache was not paid for again, though it repeats the usage.
  const cached = said?.cache !== undefined || answer.cache !== undefined;
  const reported = said?.cost ?? (cached ? undefined : answer.usageCost);
  if (reported !== undefined) return { amount: reported, currency: 'USD', source: 'provider', model: undefined };
  const { usage } = answer;
  const model = servedModel(answer, request, said);
  if (usage === undefined || model === undefined || cached) return undefined;
  // A provider that runs fallbacks bills what declined before, too, and credits some of it.
  if (answer.servedBy === 'fallback') return undefined;
  const requestModel = request.model;
  const paid = said?.billed?.provider;
  const call = {
    provider: paid ?? request.provider,
    model,
    requestModel,
    usage,
    billing: billingOf(answer, request),
  };
  const cost = priceOf(call, paid, price);
  // A list may only know the name that was asked for: of the same model, its price is the same.
  if (cost !== undefined || requestModel === undefined || requestModel === model) return cost;
  return sameModel(requestModel, model) ? priceOf({ ...call, model: requestModel }, paid, price) : undefined;
}

/** Where the gateway names the provider, a prefix such as that of `@anthropic/claude-haiku-4-5` is the gateway's. */
function priceOf(call: PricedCall, paid: string | undefined, price: Pricer): Cost | undefined {
  const cost = price(call);
  const slash = call.model.indexOf('/');
  if (cost !== undefined || paid === undefined || slash === -1) return cost;
  return price({ ...call, model: call.model.slice(slash + 1) });
}

/**
 * The provider's own name of the model that served. Undefined where the answer and the gateway name two. An answer that repeats
 * the name that was asked for contradicts nothing: gateways write it over the provider's.
 */
function servedModel({ model }: CallAnswer, request: CallRequest, said: GatewaySaid | undefined): string | undefined {
  if (said === undefined) return model ?? request.model;
  const repeats = model === undefined || (request.model !== undefined && sameModel(model, request.model));
  const billed = said.billed?.model;
  if (billed !== undefined) {
    if (model !== undefined && sameModel(model, billed)) return model;
    return repeats ? billed : undefined;
  }
  // What a gateway calls the model that served may be an alias of its own.
  return (repeats ? said.served : undefined) ?? model ?? request.model;
}

/** An answer names the terms that it was given on, whatever the request asked for. */
function billingOf({ billing: given }: CallAnswer, { billing: asked }: CallRequest): Billing | undefined {
  if (given === undefined || asked === undefined) return given ?? asked;
  return {
    tier: given.tier ?? asked.tier,
    speed: given.speed ?? asked.speed,
    geo: given.geo ?? asked.geo,
    extras: given.extras,
  };
}
