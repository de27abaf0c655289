/**
 * Assigns calls that name no chain to a configured target by its `match` and `exclude` rules. Values are globs, and all of a
 * rule's keys must match. It keeps no state but the compiled rules.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  sameModel,
} from '@warmspare/semconv';
import { glob, isLiteral, literalLength } from '../base/glob.ts';
import type { GrowingKeyTable } from '../base/keys.ts';
import type { WantedSpans } from '../normalise/normalise.ts';
import type { Attempt, Call, OtherSpan } from '../types/evidence.ts';
import type { ChainPolicy, Policies, TargetPolicy } from '../types/policy.ts';
import type { AttributeValue, Span } from '../types/span.ts';
import { selects } from './policies.ts';

export interface Classifier {
  /** What some rule could match beside model calls. */
  readonly wanted: WantedSpans;
  /**
   * The same object with its chain and target filled in; undefined where no rule matches. `ignored` is a call that counts for no
   * target and must not be listed: `exclude` leaves it out, a cache answered it, or it is a health check that no rule matches.
   */
  assign(call: Call | OtherSpan, span: Span): Attempt | 'ignored' | undefined;
}

type Fits = (value: string) => boolean;
type Condition = (call: Call | OtherSpan, span: Span) => boolean;

interface Pattern {
  /** What the requested model must match, where the pattern asks for it. */
  readonly model: Fits | undefined;
  /** That model, where the pattern names exactly one. */
  readonly modelName: string | undefined;
  readonly conditions: readonly Condition[];
}

interface Rule extends Pattern {
  readonly chain: ChainPolicy;
  readonly target: TargetPolicy;
  readonly rank: number;
  readonly exclude: Pattern | undefined;
  /** It names a model, so only model calls match it. */
  readonly isOfCalls: boolean;
  /** The rules of its chain for targets other than caches, in the order in which they are asked. */
  readonly peers: readonly Rule[];
  /** Those of them that name exactly one model. */
  readonly namesakes: readonly Rule[];
}

/** The key of the span's name among `match` keys. */
const SPAN_NAME = 'span.name';

/** Registers the keys that the rules ask for with the key table. */
export function createClassifier(policies: Policies, keys: GrowingKeyTable): Classifier {
  const rules = policies.chains.flatMap((chain) => rulesOf(chain, keys));
  const cacheRules = rules.filter(({ target }) => target.type === 'cache');
  const routeType = keys.add(ATTR_LLM_FALLBACK_ROUTE_TYPE);
  const routeSource = keys.add(ATTR_LLM_FALLBACK_ROUTE_SOURCE);

  /** The gateway's own fallback answered, whatever was asked for. */
  const servedByFallback = ({ values }: Span): boolean =>
    values[routeType] === 'fallback' && (values[routeSource] === 'gateway' || values[routeSource] === 'provider');

  const ruleOf = (call: Call | OtherSpan, span: Span): Rule | 'ignored' | undefined => {
    if (call.routeType === 'cache') return onlyOne(cacheRules.filter((rule) => matches(rule, call, span)));
    let excluded = false;
    for (const rule of rules) {
      if (!matches(rule, call, span)) continue;
      const asked = named(rule, call, span);
      const found = servedBy(asked, call, span);
      if (isExcluded(asked, call, span) || isExcluded(found, call, span)) excluded = true;
      else if (found.target.type !== 'primary' || !servedByFallback(span)) return found;
    }
    return excluded ? 'ignored' : undefined;
  };

  return {
    wanted: { anySpan: rules.some(({ isOfCalls }) => !isOfCalls), cachedCalls: cacheRules.length > 0 },
    assign(call, span) {
      const rule = ruleOf(call, span);
      if (rule === 'ignored') return rule;
      if (!rule) return call.exercise === 'probe' ? 'ignored' : undefined;
      const { chain, target, rank } = rule;
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

/** A cache answered without any model: only a target that is a cache can be meant, and which one must be clear. */
function onlyOne(rules: readonly Rule[]): Rule | 'ignored' {
  const [first, ...others] = rules;
  return first && !others.some(({ chain }) => chain === first.chain) ? first : 'ignored';
}

/** A glob may fit the dated name of a model that another target of the chain is called by: that target was asked. */
function named(found: Rule, call: Call | OtherSpan, span: Span): Rule {
  const { requestModel } = call;
  if (requestModel === undefined || !found.model || found.modelName !== undefined) return found;
  return byName(found, requestModel, call, span) ?? found;
}

/**
 * A router may fall back inside one span: where another model served than the one asked for, the call was the target's that this
 * model fits. A dated name of the model asked for is no other one.
 */
function servedBy(asked: Rule, call: Call | OtherSpan, span: Span): Rule {
  const { requestModel, responseModel: served } = call;
  if (served === undefined || served === requestModel || !asked.model) return asked;
  const by = byName(asked, served, call, span) ?? byGlob(asked, served, call, span);
  if (!by || by === asked || (requestModel !== undefined && sameModel(requestModel, served))) return asked;
  return by;
}

/** The rule of the same chain that has this model's name, dated or not, for its pattern. */
function byName({ namesakes }: Rule, model: string, call: Call | OtherSpan, span: Span): Rule | undefined {
  for (const rule of namesakes) if (isNameOf(rule.modelName, model) && areMet(rule, call, span)) return rule;
  return undefined;
}

function byGlob({ peers }: Rule, model: string, call: Call | OtherSpan, span: Span): Rule | undefined {
  for (const rule of peers) if (rule.model?.(model) && areMet(rule, call, span)) return rule;
  return undefined;
}

const isNameOf = (name: string | undefined, model: string): boolean => name !== undefined && sameModel(name, model);

function matches(rule: Rule, call: Call | OtherSpan, span: Span): boolean {
  if (rule.isOfCalls && call.kind !== 'call') return false;
  return selects(rule.chain, call.service) && fits(rule, call, span);
}

/** Where only the model that served is known, it stands for the one asked for. */
function fits(pattern: Pattern, call: Call | OtherSpan, span: Span): boolean {
  const { model, modelName } = pattern;
  const { requestModel, responseModel } = call;
  if (model) {
    if (requestModel !== undefined) {
      if (!model(requestModel)) return false;
    } else if (responseModel === undefined) return false;
    else if (!model(responseModel) && !isNameOf(modelName, responseModel)) return false;
  }
  return areMet(pattern, call, span);
}

function isExcluded({ exclude }: Rule, call: Call | OtherSpan, span: Span): boolean {
  return exclude !== undefined && fits(exclude, call, span);
}

function areMet({ conditions }: Pattern, call: Call | OtherSpan, span: Span): boolean {
  for (const condition of conditions) if (!condition(call, span)) return false;
  return true;
}

/** Those that say more of a call come first; of equals the smaller rank. */
function rulesOf(chain: ChainPolicy, keys: GrowingKeyTable): readonly Rule[] {
  const peers: Rule[] = [];
  const namesakes: Rule[] = [];
  const rules = chain.targets.flatMap((target, rank) => {
    const { match, exclude } = target;
    if (!match) return [];
    const isOfCalls = ATTR_GEN_AI_REQUEST_MODEL in match || ATTR_GEN_AI_RESPONSE_MODEL in match;
    const excluded = exclude && patternOf(exclude, keys);
    const rule = { ...patternOf(match, keys), chain, target, rank, exclude: excluded, isOfCalls, peers, namesakes };
    return [{ rule, says: saying(target, match) }];
  });
  const inOrder = rules.toSorted((a, b) => b.says - a.says).map(({ rule }) => rule);
  peers.push(...inOrder.filter(({ target }) => target.type !== 'cache'));
  namesakes.push(...peers.filter(({ modelName }) => modelName !== undefined));
  return inOrder;
}

/** A cache is asked for no model, so a model's target comes before it; the model that served tells more than the one asked for. */
function saying({ type }: TargetPolicy, match: Readonly<Record<string, string>>): number {
  const spelledOut = Object.values(match).reduce((sum, pattern) => sum + literalLength(pattern), 0);
  if (type === 'cache') return spelledOut - MUCH;
  return ATTR_GEN_AI_RESPONSE_MODEL in match ? spelledOut + MUCH : spelledOut;
}

/** More than all globs of a target spell out. */
const MUCH = 1e9;

function patternOf(globs: Readonly<Record<string, string>>, keys: GrowingKeyTable): Pattern {
  const { [ATTR_GEN_AI_REQUEST_MODEL]: model, ...others } = globs;
  return {
    model: model === undefined ? undefined : glob(model),
    modelName: model !== undefined && isLiteral(model) ? model : undefined,
    conditions: Object.entries(others).map(([key, pattern]) => {
      const matcher = glob(pattern);
      return key === SPAN_NAME ? (_call, span) => matcher(span.name) : onAttribute(key, matcher, keys);
    }),
  };
}

/** The attribute of the span, else of its resource; what the dialects read of it stands in for the standard name. */
function onAttribute(key: string, matcher: Fits, keys: GrowingKeyTable): Condition {
  const slot = keys.add(key);
  const normalised = NORMALISED.get(key);
  return (call, span) => {
    const value = normalised?.(call) ?? span.values[slot] ?? span.resource[slot];
    if (value === undefined) return false;
    return Array.isArray(value) ? value.some(matcher) : matcher(String(value));
  };
}

const NORMALISED: ReadonlyMap<string, (call: Call | OtherSpan) => AttributeValue | undefined> = new Map([
  [ATTR_GEN_AI_PROVIDER_NAME, (call) => call.provider],
  [ATTR_GEN_AI_RESPONSE_MODEL, (call) => call.responseModel],
  [ATTR_ERROR_TYPE, (call) => call.errorType],
]);
