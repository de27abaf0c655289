/**
 * Assigns calls that name no chain to a configured target by its `match` rules; what matches none stays unassigned. Values are
 * globs, all of a rule's keys must match. It keeps no state but the compiled rules.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  sameModel,
} from '@warmspare/semconv';
import { glob } from './glob.ts';
import type { GrowingKeyTable } from './keys.ts';
import { selects } from './policies.ts';
import type { Attempt, Call } from './types/evidence.ts';
import type { ChainPolicy, Policies, TargetPolicy } from './types/policy.ts';
import type { AttributeValue, Span } from './types/span.ts';

export interface Classifier {
  /** Some rule could match a span that is no LLM call by any dialect. */
  readonly matchesAnySpan: boolean;
  /** The same object with its chain and target filled in, or undefined. */
  assign(call: Call, span: Span): Attempt | undefined;
}

interface Rule {
  readonly chain: ChainPolicy;
  readonly target: TargetPolicy;
  readonly rank: number;
  readonly conditions: readonly Condition[];
  /** The glob that the requested model must match, where the rule has one. */
  readonly model: ((value: string) => boolean) | undefined;
}

type Condition = (call: Call, span: Span) => boolean;

/** The key of the span's name among `match` keys. */
const SPAN_NAME = 'span.name';

/** Registers the keys that the rules ask for with the key table. */
export function createClassifier(policies: Policies, keys: GrowingKeyTable): Classifier {
  const rules = policies.chains.flatMap((chain) =>
    chain.targets.flatMap((target, rank) => (target.match ? [compile(chain, target, rank, target.match, keys)] : [])),
  );
  return {
    matchesAnySpan: rules.some(({ model }) => model === undefined),
    assign(call, span) {
      const rule = rules.find((candidate) => matches(candidate, call, span));
      if (!rule) return undefined;
      const { chain, target, rank } = servedBy(rules, rule, call, span) ?? rule;
      const assigned = {
        chain: chain.name,
        target: target.name,
        routeType: target.type,
        rank,
        configured: true,
      } as const;
      return Object.assign(call, assigned, { kind: 'attempt' as const });
    },
  };
}

/**
 * A router may fall back inside one span: where the model that served does not fit the target asked for but fits another one
 * of the same chain, the call was that one's.
 */
function servedBy(rules: readonly Rule[], asked: Rule, call: Call, span: Span): Rule | undefined {
  const served = call.responseModel;
  if (served === undefined || !asked.model || asked.model(served)) return undefined;
  // An alias that was answered by its dated snapshot.
  if (call.requestModel !== undefined && sameModel(call.requestModel, served)) return undefined;
  return rules.find(
    ({ chain, model, conditions }) =>
      chain === asked.chain && model?.(served) && conditions.every((condition) => condition(call, span)),
  );
}

function matches(rule: Rule, call: Call, span: Span): boolean {
  if (!selects(rule.chain, call.service)) return false;
  if (rule.model) {
    const model = call.requestModel ?? call.responseModel;
    if (model === undefined || !rule.model(model)) return false;
  }
  return rule.conditions.every((condition) => condition(call, span));
}

function compile(
  chain: ChainPolicy,
  target: TargetPolicy,
  rank: number,
  match: Readonly<Record<string, string>>,
  keys: GrowingKeyTable,
): Rule {
  let model: Rule['model'];
  const conditions: Condition[] = [];
  for (const [key, pattern] of Object.entries(match)) {
    const fits = glob(pattern);
    if (key === ATTR_GEN_AI_REQUEST_MODEL) model = fits;
    else if (key === SPAN_NAME) conditions.push((_call, span) => fits(span.name));
    else conditions.push(onAttribute(key, fits, keys));
  }
  return { chain, target, rank, conditions, model };
}

/** The attribute of the span, else of its resource; the dialects' provider stands in for the standard name. */
function onAttribute(key: string, fits: (value: string) => boolean, keys: GrowingKeyTable): Condition {
  const slot = keys.add(key);
  const normalised = NORMALISED[key];
  return (call, span) => {
    const value = normalised?.(call) ?? span.values[slot] ?? span.resource[slot];
    if (value === undefined) return false;
    return Array.isArray(value) ? value.some(fits) : fits(String(value));
  };
}

const NORMALISED: Readonly<Record<string, (call: Call) => AttributeValue | undefined>> = {
  [ATTR_GEN_AI_PROVIDER_NAME]: (call) => call.provider,
  [ATTR_GEN_AI_RESPONSE_MODEL]: (call) => call.responseModel,
  [ATTR_ERROR_TYPE]: (call) => call.errorType,
};
