/** A snapshot goes in, the document of /status.json comes out: what the CLI, the page and a CI gate read. Times are ISO 8601, durations seconds. */
import type { RouteType } from '@warmspare/semconv';
import type { Snapshot, TargetSnapshot, TargetState, UnknownWordSnapshot } from '../types/snapshot.ts';
import type { ServiceIdentity } from '../types/span.ts';
import { changeOf, sentenceOf } from './sentence.ts';
import {
  analysisOf,
  chainAnalysisOf,
  iso,
  type StatusAssumption,
  type StatusChainAnalysis,
  type StatusDrift,
  type StatusHeadroom,
  type StatusSighting,
  sightingOf,
} from './status-analysis.ts';
import { unassignedSnippet } from './unassigned-snippet.ts';

/** Whether every target could take over, as far as anyone knows. */
export type Verdict = 'fresh' | 'not_fresh' | 'unknown';

/** Whose chain or span it is; absent parts are left out. */
export interface StatusService {
  readonly namespace?: string;
  readonly service?: string;
  readonly environment?: string;
}

/** One target of one chain of one service. */
export interface StatusTarget extends StatusService {
  readonly chain: string;
  readonly target: string;
  readonly route_type: RouteType;
  /** 0 is the primary. */
  readonly rank?: number;
  /** `inferred`: nobody declared the chain, traces showed it. */
  readonly route_source?: 'inferred';
  /** Absent on the primary, on undeclared targets and on the overflow row. */
  readonly state?: TargetState;
  readonly sentence: string;
  /** What would change the state, as a sentence; absent where there is no state. */
  readonly remedy?: string;
  readonly declared_at: string;
  readonly last_success?: StatusSighting & { readonly exercise_kind?: string };
  readonly last_attempt?: StatusSighting;
  readonly last_failure?: StatusSighting;
  /** Seconds. */
  readonly time_since_last_success?: number;
  /** Seconds. */
  readonly max_age: number;
  readonly assumptions: readonly StatusAssumption[];
  readonly drift: readonly StatusDrift[];
  readonly headroom: readonly StatusHeadroom[];
  readonly placeholder?: true;
  readonly undeclared?: true;
  readonly overflow?: true;
}

/** What concerns a chain as a whole. */
export type StatusChain = StatusService & StatusChainAnalysis;

/** The whole document. */
export interface StatusDocument {
  readonly now: string;
  readonly instance_id: string;
  readonly started_at: string;
  readonly verdict: Verdict;
  /** Why, in one sentence. */
  readonly reason: string;
  /** What is wrong with Warmspare itself: a damaged store was set aside, or the store cannot write. */
  readonly problems: readonly string[];
  readonly counts: Readonly<Record<TargetState, number>>;
  readonly targets: readonly StatusTarget[];
  readonly chains: readonly StatusChain[];
  readonly services: readonly (StatusService & { readonly newest_span_at: string })[];
  readonly unassigned: readonly (StatusService & {
    readonly provider?: string;
    readonly request_model?: string;
    readonly calls: number;
    readonly last_seen: string;
    /** The model of a failed call that one of these calls answered after: only the system prompt says that it did another job. */
    readonly possible_fallback_of?: string;
  })[];
  /** A start for `chains:` of the configuration, where calls are unassigned: YAML. */
  readonly unassigned_snippet?: string;
  /** Words in spans that no table of the vocabulary has, and that prove nothing: the newest first, since the start of the process. */
  readonly unknown_words: readonly UnknownWordSnapshot[];
}

/** The document at the snapshot's `now`; `problems` are those of Warmspare itself. */
export function statusDocument(snapshot: Snapshot, problems: readonly string[] = []): StatusDocument {
  const { now } = snapshot;
  return {
    now: iso(now),
    instance_id: snapshot.instanceId,
    started_at: iso(snapshot.startedAt),
    ...verdictOf(snapshot),
    problems,
    targets: snapshot.targets.map((target) => targetOf(target, now)),
    chains: snapshot.chains.map((chain) => ({ ...serviceOf(chain.service), ...chainAnalysisOf(chain) })),
    services: snapshot.watermarks.map(({ service, at }) => ({ ...serviceOf(service), newest_span_at: iso(at) })),
    unassigned: snapshot.unassigned.map(({ service, provider, requestModel, calls, lastSeen, insteadOf }) => ({
      ...serviceOf(service),
      ...(provider !== undefined && { provider }),
      ...(requestModel !== undefined && { request_model: requestModel }),
      calls,
      last_seen: iso(lastSeen),
      ...(insteadOf !== undefined && { possible_fallback_of: insteadOf }),
    })),
    ...(snapshot.unassigned.length > 0 && {
      unassigned_snippet: unassignedSnippet(snapshot.unassigned, snapshot.targets),
    }),
    unknown_words: snapshot.unknownWords,
  };
}

/** What the rows say together. */
export function verdictOf(snapshot: Snapshot): Pick<StatusDocument, 'verdict' | 'reason' | 'counts'> {
  const counts = { never_exercised: 0, failing: 0, stale: 0, fresh: 0 };
  for (const { state } of snapshot.targets) if (state !== undefined) counts[state] += 1;
  return { ...judge(snapshot, counts), counts };
}

function judge(
  snapshot: Snapshot,
  counts: Readonly<Record<TargetState, number>>,
): { verdict: Verdict; reason: string } {
  const judged = counts.never_exercised + counts.failing + counts.stale + counts.fresh;
  if (snapshot.watermarks.length === 0) {
    return { verdict: 'unknown', reason: 'No telemetry has arrived: no span of any service has been seen.' };
  }
  if (judged === 0) {
    const why = snapshot.targets.length === 0 ? 'no chain has been declared' : 'only primaries are declared';
    return { verdict: 'unknown', reason: `No fallback is known: ${why}.` };
  }
  if (judged === counts.fresh) return { verdict: 'fresh', reason: `${headlineOf(counts)}.` };
  const parts = (['never_exercised', 'failing', 'stale'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state.replace('_', ' ')}`);
  return { verdict: 'not_fresh', reason: `${headlineOf(counts)}: ${parts.join(', ')}.` };
}

/** `8 of 13 fallbacks may not work`; of rows of which at least one is judged. */
export function headlineOf({ never_exercised, failing, stale, fresh }: StatusDocument['counts']): string {
  const notFresh = never_exercised + failing + stale;
  const all = notFresh + fresh;
  if (notFresh === 0) return `${all === 1 ? 'The one fallback' : `All ${all} fallbacks`} worked lately`;
  return all === 1 ? 'The one fallback may not work' : `${notFresh} of ${all} fallbacks may not work`;
}

function targetOf(target: TargetSnapshot, now: number): StatusTarget {
  const { rank, state, lastSuccess, lastAttempt, lastFailure, lastSuccessKind, timeSinceLastSuccess } = target;
  return {
    ...serviceOf(target.service),
    chain: target.chain,
    target: target.target,
    route_type: target.routeType,
    ...(rank !== undefined && { rank }),
    ...(target.inferred && { route_source: 'inferred' as const }),
    ...(state !== undefined && { state }),
    sentence: sentenceOf(target, now),
    ...(state !== undefined && { remedy: changeOf(target, now) }),
    declared_at: iso(target.declaredAt),
    ...(lastSuccess && {
      last_success: {
        ...sightingOf(lastSuccess),
        ...(lastSuccessKind !== undefined && { exercise_kind: lastSuccessKind }),
      },
    }),
    ...(lastAttempt && { last_attempt: sightingOf(lastAttempt) }),
    ...(lastFailure && {
      last_failure: {
        ...sightingOf(lastFailure),
        outcome: lastFailure.outcome,
        ...(lastFailure.errorType !== undefined && { error_type: lastFailure.errorType }),
      },
    }),
    ...(timeSinceLastSuccess !== undefined && { time_since_last_success: timeSinceLastSuccess }),
    max_age: target.maxAge,
    ...analysisOf(target),
    ...(target.placeholder && { placeholder: true }),
    ...(target.undeclared && { undeclared: true }),
    ...(target.overflow && { overflow: true }),
  };
}

const serviceOf = ({ namespace, name, environment }: ServiceIdentity): StatusService => ({
  ...(namespace !== '' && { namespace }),
  ...(name !== '' && { service: name }),
  ...(environment !== '' && { environment }),
});
