/** What the analysis says of targets and chains, as /status.json has it: snake_case, times in ISO 8601, absent where unknown. */
import type { AssumptionName, AssumptionState, BreakerState, ContractPart, LimitName } from '@warmspare/semconv';
import type { BreakerSnapshot, ChainSnapshot, RevisionSnapshot, Sighting, TargetSnapshot } from '../types/snapshot.ts';

/** When something last happened and in which span; ids are absent where the span had none. */
export interface StatusSighting {
  readonly at: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly outcome?: string;
  readonly error_type?: string;
}

/** Whether one of the five things holds that must hold when a target engages. */
export interface StatusAssumption {
  readonly name: AssumptionName;
  readonly state: AssumptionState;
  readonly since: string;
  /** The span that proved or broke it. */
  readonly by?: StatusSighting;
  /** Why, and what would change it: sentences without a final stop. */
  readonly words: string;
  readonly remedy: string;
}

/** A model, prompt or schema that the primary had. */
export interface StatusRevision {
  readonly revision: string;
  readonly first_seen: StatusSighting;
  readonly last_seen: string;
}

/** Revisions of the primary since the target's last success, newest first. */
export interface StatusDrift {
  readonly part: ContractPart;
  readonly revisions: readonly StatusRevision[];
  /** Older ones are no longer known. */
  readonly at_least?: true;
}

/** A configured limit against what it would have to bear if the target took the primary's load. */
export interface StatusHeadroom {
  readonly limit: LimitName;
  /** Below 1 the target would break the limit; absent while unverified. */
  readonly headroom?: number;
  /** The limit, in `unit`. */
  readonly declared: number;
  /** In `unit`; absent while unverified. */
  readonly projected?: number;
  readonly unit: string;
  /** Exercised calls that it rests on. */
  readonly calls: number;
  /** Of the primary, calls a second. */
  readonly load?: number;
}

export interface StatusBreaker {
  readonly name: string;
  readonly state: BreakerState;
  /** When it was seen in this state last. */
  readonly since: StatusSighting;
  /** How it came to open last: seconds from the first failure of a run of failures, and the failure that it opened on. */
  readonly trip?: {
    readonly at: string;
    readonly seconds: number;
    readonly signal: StatusSighting & { readonly because: string };
  };
}

/** What concerns a chain as a whole. */
export interface StatusChainAnalysis {
  readonly contract: readonly {
    readonly part: ContractPart;
    readonly current?: string;
    /** It changes on most calls: left out of drift. */
    readonly unstable: boolean;
    /** Older revisions, seen until then, are no longer known. */
    readonly forgotten_until?: string;
    readonly revisions: readonly StatusRevision[];
  }[];
  readonly breakers: readonly StatusBreaker[];
  /** Seconds from the first failure to the next target; percentiles are absent below 20 calls. */
  readonly detection?: {
    readonly mean: number;
    readonly p50?: number;
    readonly p95?: number;
    readonly calls: number;
  };
  /** Runs in which every target failed, and in which the primary failed and no other target was tried. */
  readonly runs?: { readonly exhausted: number; readonly unprotected: number };
}

export function analysisOf({ assumptions, drift, headroom }: TargetSnapshot): {
  readonly assumptions: readonly StatusAssumption[];
  readonly drift: readonly StatusDrift[];
  readonly headroom: readonly StatusHeadroom[];
} {
  return {
    assumptions: assumptions.map(({ name, state, since, by, words, remedy }) => ({
      name,
      state,
      since: iso(since),
      ...(by && { by: sightingOf(by) }),
      words,
      remedy,
    })),
    drift: drift.map(({ part, revisions, atLeast }) => ({
      part,
      revisions: revisions.map(revisionOf),
      ...(atLeast && { at_least: atLeast }),
    })),
    headroom: headroom.map(({ limit, headroom: ratio, declared, projected, unit, calls, load }) => ({
      limit,
      ...(ratio !== undefined && { headroom: ratio }),
      declared,
      ...(projected !== undefined && { projected }),
      unit,
      calls,
      ...(load !== undefined && { load }),
    })),
  };
}

/** Of a chain of which only rows are known there is nothing. */
export function chainAnalysisOf(chain: ChainSnapshot | undefined): StatusChainAnalysis {
  const { contract = [], breakers = [], detection, runs } = chain ?? {};
  return {
    contract: contract.map(({ part, current, unstable, forgottenAt, revisions }) => ({
      part,
      ...(current !== undefined && { current }),
      unstable,
      ...(forgottenAt !== undefined && { forgotten_until: iso(forgottenAt) }),
      revisions: revisions.map(revisionOf),
    })),
    breakers: breakers.map(breakerOf),
    ...(detection && { detection }),
    ...(runs && { runs }),
  };
}

function breakerOf({ name, state, since, trip }: BreakerSnapshot): StatusBreaker {
  const tripped = trip && {
    at: iso(trip.at),
    seconds: trip.seconds,
    signal: { ...sightingOf(trip.signal), because: trip.signal.because },
  };
  return { name, state, since: sightingOf(since), ...(tripped && { trip: tripped }) };
}

export const sightingOf = ({ at, traceId, spanId }: Sighting): StatusSighting => ({
  at: iso(at),
  ...(traceId !== '' && { trace_id: traceId }),
  ...(spanId !== '' && { span_id: spanId }),
});

export const iso = (at: number): string => new Date(at).toISOString();

const revisionOf = ({ revision, firstSeen, lastSeen }: RevisionSnapshot): StatusRevision => ({
  revision,
  first_seen: sightingOf(firstSeen),
  last_seen: iso(lastSeen),
});
