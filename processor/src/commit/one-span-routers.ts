/**
 * Wrappers and gateways that try several targets within one span (ai-fallback, a proxy behind a client): it names the model that was asked for,
 * and the one that served where one did. Where all failed it names the first alone, though what stood in before failed, too. Which
 * targets stand behind which is learned from successes, kept in memory, and bounded.
 */
import { ATTR_GEN_AI_REQUEST_MODEL, errorOutcome, isAnswered, isWrongSignal, sameModel } from '@warmspare/semconv';
import { glob } from '../base/glob.ts';
import type { PolicyIndex } from '../classify/policies.ts';
import type { BufferedCall } from '../traces/buffered-call.ts';
import type { Attempt } from '../types/evidence.ts';
import type { TargetPolicy } from '../types/policy.ts';

export interface OneSpanRouters {
  /** A call that was counted as `attempt`. */
  learn(call: BufferedCall, attempt: Attempt): void;
  /** The targets that were tried, too, where this call failed; without those that nothing was ever seen of. */
  behind(call: BufferedCall): readonly string[];
}

/** Places in the code that are remembered; the one learned first leaves. */
const REMEMBERED = 1_024;

/** Whether the request or its answer is at fault: nothing else is tried. */
const endsRun = (errorType: string | undefined): boolean =>
  errorType !== undefined && (isWrongSignal(errorType) || isAnswered(errorOutcome(errorType)));

export function createOneSpanRouters(policies: () => PolicyIndex): OneSpanRouters {
  const targets = new Map<string, Set<string>>();
  return {
    learn(call, { service, chain, target, outcome, requestModel, responseModel }) {
      if (outcome !== 'success' || requestModel === undefined || responseModel === undefined) return;
      if (call.own !== undefined || sameModel(requestModel, responseModel)) return;
      const asked = policies()
        .chain(service, chain)
        ?.targets.find((policy) => policy.name !== target && isNamed(policy, requestModel));
      if (!asked) return;
      const key = keyOf(call, chain, asked.name);
      const known = targets.get(key) ?? new Set();
      targets.delete(key);
      targets.set(key, known.add(target));
      const [oldest] = targets.size > REMEMBERED ? targets.keys() : [];
      if (oldest !== undefined) targets.delete(oldest);
    },
    behind(call) {
      const { chain, target, errorType } = call.call;
      if (targets.size === 0 || endsRun(errorType)) return [];
      return [...(targets.get(keyOf(call, chain, target)) ?? [])];
    },
  };
}

/** Whether a rule for the model alone fits this one, or the target has its name. */
export function isNamed({ name, match }: TargetPolicy, model: string): boolean {
  const { [ATTR_GEN_AI_REQUEST_MODEL]: pattern, ...others } = match ?? {};
  return name === model || (pattern !== undefined && Object.keys(others).length === 0 && glob(pattern)(model));
}

function keyOf({ sites, call: { service } }: BufferedCall, chain: string, target: string): string {
  const { namespace, name, environment } = service;
  return JSON.stringify([namespace, name, environment, chain, target, sites]);
}
