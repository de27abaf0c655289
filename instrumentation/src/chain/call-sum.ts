/**
 * The LLM calls inside one attempt in, what the attempt's span says of them out: tokens and cost summed, models, prompt and
 * breaker of the newest call. An attempt without LLM calls (a heuristic, a cache) says nothing.
 */
import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_GEN_AI_OUTPUT_TYPE,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_PROMPT_VERSION,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_COST_MODEL,
  ATTR_LLM_FALLBACK_COST_SOURCE,
  ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
} from '@warmspare/semconv';
import type { FinishedCall } from '../types/attempt.ts';

const SUMMED: readonly string[] = [
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
];

const NEWEST: readonly string[] = [
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_OUTPUT_TYPE,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_PROMPT_VERSION,
  ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
];

export interface CallSum {
  readonly last: FinishedCall | undefined;
  add(call: FinishedCall): void;
  attributes(): Attributes;
}

export function createCallSum(): CallSum {
  const said: Attributes = {};
  const costs: (Cost | undefined)[] = [];
  let last: FinishedCall | undefined;
  return {
    get last() {
      return last;
    },
    add(call) {
      last = call;
      for (const name of SUMMED) {
        const tokens = call.attributes[name];
        if (typeof tokens === 'number') said[name] = Number(said[name] ?? 0) + tokens;
      }
      for (const name of NEWEST) {
        const value = call.attributes[name];
        if (value !== undefined) said[name] = value;
      }
      if (isPaidFor(call)) costs.push(costOf(call.attributes));
    },
    attributes: () => ({ ...said, ...totalCost(costs) }),
  };
}

/** A call that failed before its provider counted any tokens costs nothing; of every other one, the cost is known or not. */
function isPaidFor({ attributes, error }: FinishedCall): boolean {
  if (error === undefined || attributes[ATTR_LLM_FALLBACK_COST_AMOUNT] !== undefined) return true;
  const { [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: input, [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: output } = attributes;
  return Boolean(input) || Boolean(output);
}

interface Cost {
  readonly amount: number;
  readonly currency: string;
  readonly source: string | undefined;
  readonly model: string | undefined;
}

function costOf(attributes: Attributes): Cost | undefined {
  const { [ATTR_LLM_FALLBACK_COST_AMOUNT]: amount, [ATTR_LLM_FALLBACK_COST_CURRENCY]: currency } = attributes;
  const { [ATTR_LLM_FALLBACK_COST_SOURCE]: source, [ATTR_LLM_FALLBACK_COST_MODEL]: model } = attributes;
  if (typeof amount !== 'number' || typeof currency !== 'string') return undefined;
  return {
    amount,
    currency,
    source: typeof source === 'string' ? source : undefined,
    model: typeof model === 'string' ? model : undefined,
  };
}

/** There is no sum where a part is unknown, nor of amounts in different currencies. */
function totalCost(parts: readonly (Cost | undefined)[]): Attributes {
  const costs = parts.filter((part) => part !== undefined);
  const [first] = costs;
  if (first === undefined || costs.length < parts.length) return {};
  if (costs.some(({ currency }) => currency !== first.currency)) return {};
  const source = costs.every((cost) => cost.source === first.source) ? first.source : 'local';
  const model = costs.findLast((cost) => cost.model !== undefined)?.model;
  return {
    [ATTR_LLM_FALLBACK_COST_AMOUNT]: costs.reduce((sum, { amount }) => sum + amount, 0),
    [ATTR_LLM_FALLBACK_COST_CURRENCY]: first.currency,
    ...(source !== undefined && { [ATTR_LLM_FALLBACK_COST_SOURCE]: source }),
    ...(model !== undefined && { [ATTR_LLM_FALLBACK_COST_MODEL]: model }),
  };
}
