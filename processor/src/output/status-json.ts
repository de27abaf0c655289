/** A snapshot goes in, the document of /status.json comes out: what the CLI, the page and a CI gate read. Times are ISO 8601, durations seconds. */
import type { RouteType } from '@warmspare/semconv';
import { stateChanges } from '../analysis/turns.ts';
import type { Snapshot, TargetSnapshot, TargetState, UnknownWordSnapshot } from '../types/snapshot.ts';
import type { ServiceIdentity } from '../types/span.ts';
import { type DueTarget, dueTargets } from './due.ts';
import { changeOf, changeReason, sentenceOf, urgencySentence } from './sentence.ts';
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
import { narrow, readStatusQuery, type StatusQuery } from './status-query.ts';
import { unassignedSnippet } from './unassigned-snippet.ts';
import { type ChainStanding, chainKey, chainStandings, failsUsers, mostUrgentFirst, type Urgency } from './urgency.ts';
import { type Judgement, judge } from './verdict.ts';

/** Of the document. A change that a reader has to know of raises it. */
export const STATUS_VERSION = 1;

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
  /** Of a primary whose newest call gave the user no answer. */
  readonly failing?: true;
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
  /** The last changes of its state, newest first; only where a target was asked for. */
  readonly state_changes?: readonly (StatusSighting & { readonly state: TargetState; readonly reason: string })[];
  readonly placeholder?: true;
  readonly undeclared?: true;
  readonly overflow?: true;
}

/** How urgently a chain wants a look, and what concerns it as a whole. */
export interface StatusChain extends StatusService, StatusChainAnalysis {
  readonly chain: string;
  readonly urgency: Urgency;
  /** The urgency in words. */
  readonly sentence: string;
  /** The target that served the newest answered run, when it did, and since when a fallback serves; absent where it is not known. */
  readonly serving?: {
    readonly target: string;
    readonly rank: number;
    readonly at: string;
    readonly since?: string;
  };
  /** Targets below the serving one that are fresh with no broken assumption. */
  readonly spares: number;
}

/** The whole document. */
export interface StatusDocument extends Judgement {
  readonly version: typeof STATUS_VERSION;
  readonly now: string;
  readonly instance_id: string;
  readonly started_at: string;
  /** What is wrong with Warmspare itself: a damaged store was set aside, or the store cannot write. */
  readonly problems: readonly string[];
  /** In the order of `chains`. */
  readonly targets: readonly StatusTarget[];
  /** Most urgent first. */
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
  /** Targets that want a drill, the riskiest first, with the command for each. */
  readonly drill_next: readonly DueTarget[];
  /** Words in spans that no table of the vocabulary has, and that prove nothing: the newest first, since the start of the process. */
  readonly unknown_words: readonly UnknownWordSnapshot[];
}

/** The document at the snapshot's `now`, of the rows that `query` asks for; `problems` are those of Warmspare itself. */
export function statusDocument(
  whole: Snapshot,
  problems: readonly string[] = [],
  query: StatusQuery = readStatusQuery({}),
): StatusDocument {
  const { now } = whole;
  const { shown: snapshot, standings } = asked(whole, query);
  const shown = new Set(snapshot.targets);
  return {
    version: STATUS_VERSION,
    now: iso(now),
    instance_id: snapshot.instanceId,
    started_at: iso(snapshot.startedAt),
    ...judge(snapshot, standings),
    problems,
    targets: standings.flatMap(({ targets }) =>
      targets
        .filter((target) => shown.has(target))
        .map((target) => ({
          ...targetOf(target, now),
          ...(query.target !== undefined && { state_changes: changesOf(target, now) }),
        })),
    ),
    chains: standings.flatMap((standing) => chainOf(standing, now)),
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
    drill_next: dueTargets(snapshot),
    unknown_words: snapshot.unknownWords,
  };
}

/** Chains and their targets that the query asks for, most urgent first; how urgent each is follows from the whole chain. */
function asked(snapshot: Snapshot, query: StatusQuery): { shown: Snapshot; standings: readonly ChainStanding[] } {
  const shown = narrow(snapshot, query);
  const wanted = new Set([...shown.targets, ...shown.chains].map(chainKey));
  const standings = mostUrgentFirst(chainStandings(snapshot)).filter(
    ({ targets: [first] }) => first && wanted.has(chainKey(first)),
  );
  return { shown, standings };
}

function chainOf({ targets, chain, urgency, serving, spares }: ChainStanding, now: number): readonly StatusChain[] {
  const [first] = targets;
  if (first === undefined) return [];
  return [
    {
      ...serviceOf(first.service),
      chain: first.chain,
      urgency,
      sentence: urgencySentence({ targets, chain, urgency, serving, spares }, now),
      ...(serving && {
        serving: {
          target: serving.target.target,
          rank: serving.rank,
          at: iso(serving.at),
          ...(serving.since !== undefined && { since: iso(serving.since) }),
        },
      }),
      spares,
      ...chainAnalysisOf(chain),
    },
  ];
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
    ...(target.routeType === 'primary' && failsUsers(target) && { failing: true as const }),
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

function changesOf(target: TargetSnapshot, now: number): NonNullable<StatusTarget['state_changes']> {
  if (target.state === undefined) return [];
  return stateChanges(target, now).map((change) => ({
    ...(change.by ? sightingOf(change.by) : { at: iso(change.at) }),
    state: change.state,
    reason: changeReason(change, target),
  }));
}

const serviceOf = ({ namespace, name, environment }: ServiceIdentity): StatusService => ({
  ...(namespace !== '' && { namespace }),
  ...(name !== '' && { service: name }),
  ...(environment !== '' && { environment }),
});
