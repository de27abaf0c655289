/**
 * Collects the evidence of one batch: attempts, runs and announcements in, one delta out. It changes nothing but itself and
 * allocates per row and series, not per span.
 */
import {
  type CallOutcome,
  EXERCISE_KINDS,
  type ExerciseKind,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  type RouteType,
} from '@warmspare/semconv';
import { ChainFactsStage, RowFactsStage } from '../analysis/stage.ts';
import type { Attempt, Call, ChainRun, TargetList } from '../types/evidence.ts';
import type { Facts } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import type { Sighting } from '../types/snapshot.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { KindEvidence, RowKey, RowState } from '../types/store.ts';
import { type Cell, sight, sighting } from './cell.ts';
import { OVERFLOW_KEY, OVERFLOW_SERVICE, rowKey, unassignedId } from './identity.ts';
import { createRowSeries, type RowSeries, type SeriesDelta, seriesId } from './series.ts';

export interface RowDelta {
  readonly key: RowKey;
  readonly service: ServiceIdentity;
  readonly state: RowState;
  readonly series: readonly SeriesDelta[];
  readonly facts: Facts;
}

export interface ChainDelta {
  readonly key: RowKey;
  readonly service: ServiceIdentity;
  readonly announcedAt: number;
  readonly series: readonly SeriesDelta[];
  readonly facts: Facts;
  /** When each breaker that the batch saw open was first seen so, by name. */
  readonly opened: ReadonlyMap<string, Sighting>;
}

export interface UnassignedDelta {
  readonly service: ServiceIdentity;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  calls: number;
  lastSeen: number;
}

/** All that one batch says, as values. */
export interface Delta {
  readonly receivedAt: number;
  readonly rows: readonly RowDelta[];
  readonly chains: readonly ChainDelta[];
  readonly watermarks: readonly { readonly service: ServiceIdentity; readonly at: number }[];
  readonly unassigned: readonly UnassignedDelta[];
}

/** Whether a row may be opened, or folds into the overflow row. Asked once a row and batch. */
export type Admit = (service: ServiceIdentity, chain: string, target: string, routeType: RouteType) => boolean;

export interface Stage {
  /** `policy`: of the target. `counts`: adds to counters. `proves`: moves the sightings. False where the row's cap folded it. */
  attempt(
    attempt: Attempt,
    outcome: CallOutcome,
    policy: Policy,
    at: number,
    counts: boolean,
    proves: boolean,
  ): boolean;
  /** An attempt whose count waits, or (-1) waits no longer. */
  hold(attempt: Attempt, outcome: CallOutcome, by: 1 | -1): void;
  /** `counts`, `proves`: as for attempts. */
  run(run: ChainRun, at: number, counts: boolean, proves: boolean): void;
  announce(service: ServiceIdentity, chain: string, targets: TargetList): void;
  unassigned(call: Call, at: number): void;
  watermark(service: ServiceIdentity, at: number): void;
  seal(): Delta;
}

interface StagedRow {
  readonly key: RowKey;
  readonly service: ServiceIdentity;
  readonly series: RowSeries;
  readonly success: (Cell | undefined)[];
  readonly failure: (Cell | undefined)[];
  readonly facts: RowFactsStage;
  rank: number | undefined;
  announced: boolean;
  seen: boolean;
}

interface StagedChain {
  readonly service: ServiceIdentity;
  readonly name: string;
  readonly rows: Map<string, StagedRow[]>;
  readonly heard: Set<TargetList>;
  readonly series: Map<string, SeriesDelta>;
  readonly facts: ChainFactsStage;
  lastHeard: TargetList | undefined;
}

interface StagedService {
  readonly service: ServiceIdentity;
  readonly chains: Map<string, StagedChain>;
  watermark: number;
}

/** Distinct models and providers of unassigned calls that one batch may list. */
const UNASSIGNED_PER_BATCH = 200;

export function createStage(receivedAt: number, admit: Admit): Stage {
  const services = new Map<ServiceIdentity, StagedService>();
  const unassigned = new Map<string, UnassignedDelta>();
  let overflow: StagedRow | undefined;
  let lastService: StagedService | undefined;
  let lastChain: StagedChain | undefined;

  const stagedService = (service: ServiceIdentity): StagedService => {
    if (lastService?.service === service) return lastService;
    lastService = services.get(service);
    if (!lastService) {
      lastService = { service, chains: new Map(), watermark: 0 };
      services.set(service, lastService);
    }
    return lastService;
  };

  const stagedChain = (service: ServiceIdentity, name: string): StagedChain => {
    if (lastChain?.service === service && lastChain.name === name) return lastChain;
    const { chains } = stagedService(service);
    lastChain = chains.get(name);
    if (!lastChain) {
      lastChain = {
        service,
        name,
        rows: new Map(),
        heard: new Set(),
        series: new Map(),
        facts: new ChainFactsStage(),
        lastHeard: undefined,
      };
      chains.set(name, lastChain);
    }
    return lastChain;
  };

  const stagedRow = (chain: StagedChain, target: string, routeType: RouteType): StagedRow => {
    const sameName = chain.rows.get(target);
    if (sameName) for (const row of sameName) if (row.key.routeType === routeType) return row;
    if (!admit(chain.service, chain.name, target, routeType)) {
      overflow ??= openRow(OVERFLOW_KEY, OVERFLOW_SERVICE);
      return overflow;
    }
    const row = openRow(rowKey(chain.service, chain.name, target, routeType), chain.service);
    if (sameName) sameName.push(row);
    else chain.rows.set(target, [row]);
    return row;
  };

  const announce = (service: ServiceIdentity, name: string, targets: TargetList): void => {
    const chain = stagedChain(service, name);
    if (chain.lastHeard === targets) return;
    chain.lastHeard = targets;
    if (chain.heard.has(targets)) return;
    chain.heard.add(targets);
    for (const [rank, target] of targets.entries()) {
      const row = stagedRow(chain, target.name, target.type);
      row.rank = row.announced && row.rank !== undefined ? Math.min(row.rank, rank) : rank;
      row.announced = true;
      row.seen = true;
    }
  };

  return {
    announce,
    attempt(attempt, outcome, policy, at, counts, proves) {
      if (attempt.targets) announce(attempt.service, attempt.chain, attempt.targets);
      const chain = stagedChain(attempt.service, attempt.chain);
      const row = stagedRow(chain, attempt.target, attempt.routeType);
      if (!attempt.configured) row.seen = true;
      if (!row.announced && attempt.rank !== undefined) {
        row.rank = row.rank === undefined ? attempt.rank : Math.min(row.rank, attempt.rank);
      }
      if (counts) row.series.attempt(attempt, outcome);
      if (row === overflow) return false;
      if (counts) {
        row.facts.count(at);
        chain.facts.count(attempt, at);
      }
      if (!proves) return true;
      chain.facts.attempt(attempt, outcome, policy, at);
      row.facts.attempt(attempt, outcome, policy, at);
      if (outcome !== 'cancelled') {
        const cells = outcome === 'success' ? row.success : row.failure;
        sight(cells, EXERCISE_KINDS.indexOf(attempt.exercise), attempt, outcome, at);
      }
      return true;
    },
    hold(attempt, outcome, by) {
      const chain = stagedChain(attempt.service, attempt.chain);
      stagedRow(chain, attempt.target, attempt.routeType).series.hold(outcome, by);
    },
    run(run, at, counts, proves) {
      if (run.targets) announce(run.service, run.chain, run.targets);
      const { series, facts } = stagedChain(run.service, run.chain);
      if (proves) facts.run(run, at);
      if (!counts) return;
      if (run.outcome === 'exhausted') increment(series, METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED);
      if (run.outcome === 'unprotected') increment(series, METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED);
    },
    unassigned(call, at) {
      const id = unassignedId(call);
      const known = unassigned.get(id);
      if (known) {
        known.calls++;
        known.lastSeen = Math.max(known.lastSeen, at);
      } else if (unassigned.size < UNASSIGNED_PER_BATCH) {
        const { service, provider, requestModel } = call;
        unassigned.set(id, { service, provider, requestModel, calls: 1, lastSeen: at });
      }
    },
    watermark(service, at) {
      const staged = stagedService(service);
      if (at > staged.watermark) staged.watermark = at;
    },
    seal() {
      const rows: RowDelta[] = [];
      const chains: ChainDelta[] = [];
      for (const { chains: staged } of services.values()) {
        for (const chain of staged.values()) {
          chains.push(sealChain(chain, receivedAt));
          for (const sameName of chain.rows.values()) for (const row of sameName) rows.push(sealRow(row, receivedAt));
        }
      }
      if (overflow) rows.push(sealRow(overflow, receivedAt));
      return {
        receivedAt,
        rows,
        chains,
        watermarks: [...services.values()]
          .filter(({ watermark }) => watermark > 0)
          .map(({ service, watermark }) => ({ service, at: watermark })),
        unassigned: [...unassigned.values()],
      };
    },
  };
}

function openRow(key: RowKey, service: ServiceIdentity): StagedRow {
  return {
    key,
    service,
    series: createRowSeries(key.routeType === 'primary'),
    success: [],
    failure: [],
    facts: new RowFactsStage(key.routeType === 'primary'),
    rank: undefined,
    announced: false,
    seen: false,
  };
}

function increment(series: Map<string, SeriesDelta>, metric: string): void {
  const known = series.get(metric);
  if (known) known.value++;
  else
    series.set(metric, {
      metric,
      extra: {},
      id: seriesId(metric, {}),
      value: 1,
      sum: 0,
      counts: undefined,
      bounds: undefined,
    });
}

function sealChain(chain: StagedChain, receivedAt: number): ChainDelta {
  return {
    key: rowKey(chain.service, chain.name, '', ''),
    service: chain.service,
    announcedAt: chain.heard.size > 0 ? receivedAt : 0,
    series: [...chain.series.values()],
    facts: chain.facts.facts(),
    opened: chain.facts.opened(),
  };
}

function sealRow(row: StagedRow, receivedAt: number): RowDelta {
  const evidence: Partial<Record<ExerciseKind, KindEvidence>> = {};
  for (const [index, kind] of EXERCISE_KINDS.entries()) {
    const success = row.success[index];
    const failure = row.failure[index];
    if (!success && !failure) continue;
    evidence[kind] = {
      success: success && sighting(success),
      failure: failure && { ...sighting(failure), outcome: failure.outcome, errorType: failure.errorType },
    };
  }
  return {
    key: row.key,
    service: row.service,
    series: [...row.series.all()],
    facts: row.facts.facts(),
    state: {
      rank: row.rank,
      declaredAt: receivedAt,
      announcedAt: row.announced ? receivedAt : 0,
      seenAt: row.seen ? receivedAt : 0,
      evidence,
    },
  };
}
