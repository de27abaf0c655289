/**
 * The five things that must hold at the moment a fallback engages, judged at one frozen now: evidence, contract and policy in, a
 * state each out. The newest evidence wins. Every proof expires with `max_age`; the schema's also with the contract.
 */
import type { AssumptionName } from '@warmspare/semconv';
import type { Facts, Finding, Verdict } from '../types/facts.ts';
import type { Policy, TargetPolicy } from '../types/policy.ts';
import type { AssumptionSnapshot, ContractPartSnapshot, HeadroomSnapshot, Sighting } from '../types/snapshot.ts';
import { TEXTS } from './assumption-texts.ts';
import { changedAt, isUnstable, revisionsOf } from './drift.ts';
import { mergeVerdicts } from './verdicts.ts';

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
  const verdicts = new Map(Object.entries(target.facts.assumptions?.schema ?? {}));
  const part = target.contract.find((each) => each.part === 'schema');
  const own = revisionsOf(target.facts.contract?.schema);
  if (verdicts.size === 0 && !part?.current && own.length === 0) return undefined;
  const newest = newestOf([...verdicts.values()]);
  if (part?.unstable || isUnstable(own)) {
    const verdict = judge('schema', newest, target, now);
    return { ...verdict, words: `${verdict.words}; the schema itself changes on most calls` };
  }
  const primary = part?.revisions ?? [];
  const current = part?.current;
  const known = new Set(primary.map(({ revision }) => revision));
  const isDeclared = current !== undefined && own.some(({ revision }) => known.has(revision));
  const { proved: anyProof } = newest;
  if (isDeclared) {
    // A valid output against an older schema says nothing of an invalid one against this.
    const { broken } = newestOf([...verdicts.values()].filter(isBroken));
    const proved = verdicts.get(current)?.proved;
    if (broken || proved || !anyProof) return judge('schema', { proved, broken }, target, now);
    return outdated(anyProof, changedAt(primary));
  }
  const lastChange = Math.max(changedAt(primary), changedAt(own));
  const verdict = judge('schema', newest, target, now);
  if (verdict.state === 'broken' || !anyProof || anyProof.at >= lastChange) return verdict;
  return outdated(anyProof, lastChange);
}

function outdated(proof: Finding, since: number): AssumptionSnapshot {
  const words = 'its output matched an older schema; the contract has changed since';
  const { remedy } = TEXTS.schema;
  return { name: 'schema', state: 'unverified', since, by: sightingOf(proof), words, remedy };
}

function isBroken({ proved, broken }: Verdict): boolean {
  return broken !== undefined && (!proved || broken.at > proved.at);
}

function capacityOf({ headroom, facts, declaredAt, policy }: TargetEvidence, now: number): AssumptionSnapshot {
  const name = 'capacity';
  const { remedy, never, expired, holds, broken } = TEXTS.capacity;
  const newest = facts.exercised?.[0];
  if (!newest) return { name, state: 'unverified', since: declaredAt, by: undefined, words: never, remedy };
  const { at: since } = newest;
  const by = sightingOf(newest);
  const beyond = headroom.filter((each) => each.headroom !== undefined && each.headroom < 1);
  if (beyond.length > 0) {
    const words = broken(listOf(beyond)) + restsOn(beyond);
    return { name, state: 'broken', since, by, words, remedy };
  }
  // The latency alone is known without the load, but not what it would be under it.
  const unknown = headroom.filter(({ projected, load }) => projected === undefined || load === undefined);
  if (unknown.length > 0) {
    return { name, state: 'unverified', since: declaredAt, by, words: whyUnknown(unknown), remedy };
  }
  const expiresAt = since + policy.maxAge * 1000;
  if (now > expiresAt) return { name, state: 'unverified', since: expiresAt, by, words: expired, remedy };
  return { name, state: 'holds', since, by, words: holds + restsOn(headroom), remedy };
}

function whyUnknown(unknown: readonly HeadroomSnapshot[]): string {
  const untold = unknown.filter(({ calls }) => calls === 0);
  if (untold.length > 0) return `none of its calls told what is needed to hold it against ${listOf(untold)}`;
  return `the primary's present load is not known, so that nothing can be held against ${listOf(unknown)}`;
}

const listOf = (headroom: readonly HeadroomSnapshot[]): string =>
  headroom.map(({ limit }) => `\`${limit}\``).join(', ');

/** Of several limits the number for the one that rests on least. */
function restsOn(headroom: readonly HeadroomSnapshot[]): string {
  const calls = Math.min(...headroom.map((each) => each.calls));
  return `, by ${calls === 1 ? 'its last call' : `its last ${calls} calls`}`;
}

function brokenBy(name: AssumptionName, broken: Finding): AssumptionSnapshot {
  const { remedy, repair, broken: words } = TEXTS[name];
  return {
    name,
    state: 'broken',
    since: broken.at,
    by: sightingOf(broken),
    words: words(broken.because),
    remedy: repair?.(broken.because) ?? remedy,
  };
}

function newestOf(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce(mergeVerdicts, { proved: undefined, broken: undefined });
}

function sightingOf({ at, traceId, spanId }: Sighting): Sighting {
  return { at, traceId, spanId };
}
