/**
 * What the ledger keeps of a row or a chain beyond its newest sightings. Every member merges: a max or min over timestamps, so
 * that order, repetition and split of the evidence leave it as it is; the counts of `activity` are sums. Times in epoch ms.
 */
import type { BreakerState, ContractPart } from '@warmspare/semconv';
import type { Activity, Sighting, Turn } from './snapshot.ts';

/** A sighting that speaks for or against an assumption; `because` names the evidence in one word (`not_found`, `too_many_tokens`). */
export interface Finding extends Sighting {
  readonly because: string;
}

/** The newest evidence for and against. */
export interface Verdict {
  readonly proved: Finding | undefined;
  readonly broken: Finding | undefined;
}

/** On rows other than the primary. */
export interface AssumptionEvidence {
  readonly available?: Verdict;
  readonly cache?: Verdict;
  /** By schema fingerprint, `''` where the span carries none; bounded, the one seen longest ago leaves. */
  readonly schema?: Readonly<Record<string, Verdict>>;
}

/** One revision of one part of a contract. */
export interface Revision {
  readonly firstSeen: Sighting;
  readonly lastSeen: number;
}

export interface PartHistory {
  /** By revision; bounded, the one seen longest ago leaves. */
  readonly revisions: Readonly<Record<string, Revision>>;
  /** Newest sighting of those that left; 0 while none did. */
  readonly forgottenAt: number;
}

/** Of the primary on the chain; on a target's row only its own schema, where it declares one. */
export type ContractHistory = Readonly<Partial<Record<ContractPart, PartHistory>>>;

/** Of one breaker: when each state was seen last, by the start of the span that told it. */
export type BreakerHistory = Readonly<Partial<Record<BreakerState, Sighting>>>;

/** How a breaker came to open. */
export interface BreakerTrip {
  /** When it was first seen open. */
  readonly at: number;
  /** From the end of the first failure of a run of failures; never negative. */
  readonly seconds: number;
  /** The last failure before: on what it opened. */
  readonly signal: Finding;
}

/** When a breaker was first seen open, of which no failure has been seen yet that opened it. */
export interface UnexplainedOpening {
  readonly at: number;
  /** Failures until then opened it not: the primary's last success before, or that the breaker was open before. */
  readonly since: number;
}

/** On chains. */
export interface FailoverEvidence {
  /** For: a primary failure that engaged the next rung in time. Against: too late, not at all, or it opened a breaker that it should not. */
  readonly verdict: Verdict;
  /** By breaker name, bounded. */
  readonly breakers: Readonly<Record<string, BreakerHistory>>;
  /**
   * The newest of each of them. It doesn't depend on how the spans were split into batches, nor on their order within one; a batch that
   * arrives after the breaker was seen closed again is too late to tell of one.
   */
  readonly trips?: Readonly<Record<string, BreakerTrip>>;
  /** By breaker name. A failure that arrives later makes it a trip. */
  readonly unexplained?: Readonly<Record<string, UnexplainedOpening>>;
  /** Of the primary; 0 while there was none. */
  readonly lastSuccessAt: number;
  /** The primary's failures since its last success: some of the first and some of the last, oldest first. */
  readonly failures: readonly Finding[];
  /** Some of the primary's last failures, whatever followed; oldest first. */
  readonly lastFailures: readonly Finding[];
}

/** One call of a target with limits; what it did not tell is absent. */
export interface Exercised extends Sighting {
  readonly seconds?: number;
  readonly tokens?: number;
  readonly cost?: number;
  readonly currency?: string;
}

/** All optional: a row and a chain keep what concerns them. */
export interface Facts {
  readonly assumptions?: AssumptionEvidence;
  readonly contract?: ContractHistory;
  readonly failover?: FailoverEvidence;
  /** Of a row its calls; of a chain its runs that went past the primary without asking it. */
  readonly activity?: Activity;
  /** On rows of a primary: the last quarter of an hour, since the epoch, of a call that no sampler stood before. */
  readonly unsampled?: number;
  /** On rows with limits: the newest calls, newest first. */
  readonly exercised?: readonly Exercised[];
  /** On rows other than the primary, oldest first. */
  readonly turns?: readonly Turn[];
}

export type FactKind = keyof Facts;
