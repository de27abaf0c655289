/**
 * The five things that must hold at the moment a fallback engages, judged at one frozen now: evidence, contract and policy in, a
 * state each out. The newest evidence wins. Every proof expires with `max_age`; the schema's also with the contract.
 */
import type { AssumptionName } from '@warmspare/semconv';
import type { Facts, Finding, Verdict } from '../types/facts.ts';
import type { Policy, TargetPolicy } from '../types/policy.ts';
import type { AssumptionSnapshot, ContractPartSnapshot, HeadroomSnapshot, Sighting } from '../types/snapshot.ts';
import { isUnstable, revisionsOf } from './drift.ts';

/** All that is known of one target other than the primary. */
export interface TargetEvidence {
  readonly routeType: 'fallback' | 'cache' | 'heuristic';
  readonly rank: number | undefined;
  /** Epoch ms. */
  readonly declaredAt: number;
  readonly facts: Facts;
  /** Of the chain. */
  readonly failover: Verdict | undefined;
  readonly contract: readonly ContractPartSnapshot[];
  readonly lastSuccess: Sighting | undefined;
  readonly headroom: readonly HeadroomSnapshot[];
  readonly policy: Policy | TargetPolicy;
}

/** Those that apply, in the order of their names in the registry. */
export function assumptionsOf(target: TargetEvidence, now: number): readonly AssumptionSnapshot[] {
  const { routeType, facts, rank, failover, policy } = target;
  const found: AssumptionSnapshot[] = [];
  if (routeType === 'fallback') found.push(judge('available', facts.assumptions?.available, target, now));
  const schema = schemaOf(target, now);
  if (schema) found.push(schema);
  if (routeType === 'cache' && policy.maxCacheAge !== undefined) {
    found.push(judge('cache', facts.assumptions?.cache, target, now));
  }
  if (rank === 1) found.push(judge('breaker', failover, target, now));
  if (target.headroom.length > 0) found.push(capacityOf(target, now));
  return found;
}

type Texts = Readonly<Record<'holds' | 'expired' | 'never' | 'remedy', string>> & {
  readonly broken: (because: string) => string;
};

const TEXTS: Readonly<Record<AssumptionName, Texts>> = {
  available: {
    holds: 'its model answered',
    broken: (because) => `its model refused to answer (${because})`,
    expired: 'its model answered, longer ago than its policy allows',
    never: 'no answer of its model has been seen',
    remedy: 'any answer of its model: check key, model name and quota, then drill it',
  },
  schema: {
    holds: 'its output matched the schema in force',
    broken: (because) => `its output did not match the schema (${because})`,
    expired: 'its output matched the schema, longer ago than its policy allows',
    never: 'no output of it has been checked against the schema',
    remedy: 'a valid output against the schema in force: drill it',
  },
  cache: {
    holds: 'it served an answer that was young enough',
    broken: () => 'it served an answer older than its policy allows',
    expired: 'it served an answer that was young enough, longer ago than its policy allows',
    never: 'no answer of it has been seen',
    remedy: 'an answer younger than `max_cache_age`: refresh the cache, then drill it',
  },
  breaker: {
    holds: 'the last failure of the primary engaged it in time',
    broken: (because) => FAILOVER_BROKEN[because] ?? `a breaker tripped on a wrong signal (${because})`,
    expired: 'a failure of the primary engaged it in time, longer ago than its policy allows',
    never: 'no failure of the primary has had to engage it yet',
    remedy: 'a failure of the primary that engages it within `max_failover`',
  },
  capacity: {
    holds: "it would bear the primary's present load within every limit",
    broken: (because) => `at the primary's present load it would be beyond ${because}`,
    expired: 'its calls are longer ago than its policy allows',
    never: 'nothing is known of what its calls take, cost and use, or of the present load',
    remedy: 'drills with typical inputs, and `sampling: none` where every span arrives; a higher limit or a lower load',
  },
};

const FAILOVER_BROKEN: Readonly<Record<string, string>> = {
  unprotected: 'the last failure of the primary engaged no rung',
  too_slow: 'the last failure of the primary engaged it later than `max_failover` allows',
};

/** A break and a proof at the same time: the proof wins, as a tie of the states does. */
function judge(
  name: AssumptionName,
  verdict: Verdict | undefined,
  { declaredAt, policy }: TargetEvidence,
  now: number,
): AssumptionSnapshot {
  const { proved, broken } = verdict ?? {};
  const texts = TEXTS[name];
  if (broken && (!proved || broken.at > proved.at)) return brokenBy(name, broken);
  const { remedy } = texts;
  if (!proved) return { name, state: 'unverified', since: declaredAt, by: undefined, words: texts.never, remedy };
  const expiresAt = proved.at + policy.maxAge * 1000;
  if (now > expiresAt) {
    return { name, state: 'unverified', since: expiresAt, by: sightingOf(proved), words: texts.expired, remedy };
  }
  return { name, state: 'holds', since: proved.at, by: sightingOf(proved), words: texts.holds, remedy };
}

/**
 * Applies where a schema is known. Where the target's spans carry a fingerprint that the primary's have, too, the chain declares the
 * schema, and only what was checked against the current one proves. Else the fingerprints are the wire's, which differ from provider
 * to provider: then a valid output later than the last change of either proves.
 */
function schemaOf(target: TargetEvidence, now: number): AssumptionSnapshot | undefined {
  const verdicts = Object.entries(target.facts.assumptions?.schema ?? {});
  const part = target.contract.find((each) => each.part === 'schema');
  const own = revisionsOf(target.facts.contract?.schema ?? {});
  if (verdicts.length === 0 && !part?.current && own.length === 0) return undefined;
  const name = 'schema';
  const newest = verdicts
    .map(([, verdict]) => verdict)
    .reduce<Verdict>(newestOf, { proved: undefined, broken: undefined });
  const verdict = judge(name, newest, target, now);
  if (verdict.state === 'broken' || !newest.proved || part?.unstable || isUnstable(own)) {
    const unstable = (part?.unstable ?? false) || isUnstable(own);
    return unstable ? { ...verdict, words: `${verdict.words}; the schema itself changes on most calls` } : verdict;
  }
  const current = part?.current;
  const known = new Set(part?.revisions.map(({ revision }) => revision));
  const declared = current !== undefined && own.some(({ revision }) => known.has(revision));
  if (declared) {
    const proved = verdicts.find(([fingerprint]) => fingerprint === current)?.[1].proved;
    if (proved) return judge(name, { proved, broken: undefined }, target, now);
  }
  const changedAt = Math.max(changeOf(part?.revisions ?? []), changeOf(own));
  if (!declared && newest.proved.at >= changedAt) return verdict;
  const since = declared ? changeOf(part?.revisions ?? []) : changedAt;
  const words = 'its output matched an older schema; the contract has changed since';
  return { name, state: 'unverified', since, by: sightingOf(newest.proved), words, remedy: TEXTS.schema.remedy };
}

/** When the newest of several revisions came; the first one is no change. */
function changeOf(revisions: ContractPartSnapshot['revisions']): number {
  return revisions.length > 1 ? (revisions.at(-1)?.firstSeen.at ?? 0) : 0;
}

function capacityOf(target: TargetEvidence, now: number): AssumptionSnapshot {
  const { headroom, lastSuccess, declaredAt, policy } = target;
  const name = 'capacity';
  const { remedy, never, expired, holds, broken } = TEXTS.capacity;
  const calls = headroom[0]?.calls ?? 0;
  const rests = `, by ${calls} ${calls === 1 ? 'call' : 'calls'}`;
  const beyond = headroom.filter((each) => each.headroom !== undefined && each.headroom < 1).map(({ limit }) => limit);
  const since = lastSuccess?.at ?? declaredAt;
  const by = lastSuccess;
  if (beyond.length > 0) {
    return { name, state: 'broken', since, by, words: broken(beyond.join(', ')) + rests, remedy };
  }
  const isKnown = headroom.every((each) => each.headroom !== undefined);
  if (!lastSuccess || !isKnown) {
    return { name, state: 'unverified', since: declaredAt, by, words: calls === 0 ? never : never + rests, remedy };
  }
  const expiresAt = lastSuccess.at + policy.maxAge * 1000;
  if (now > expiresAt) return { name, state: 'unverified', since: expiresAt, by, words: expired + rests, remedy };
  return { name, state: 'holds', since, by, words: holds + rests, remedy };
}

function brokenBy(name: AssumptionName, broken: Finding): AssumptionSnapshot {
  const { remedy, broken: words } = TEXTS[name];
  return { name, state: 'broken', since: broken.at, by: sightingOf(broken), words: words(broken.because), remedy };
}

function newestOf(a: Verdict, b: Verdict): Verdict {
  return { proved: later(a.proved, b.proved), broken: later(a.broken, b.broken) };
}

function later(a: Finding | undefined, b: Finding | undefined): Finding | undefined {
  if (!a || !b) return a ?? b;
  return b.at > a.at ? b : a;
}

function sightingOf({ at, traceId, spanId }: Finding): Sighting {
  return { at, traceId, spanId };
}
