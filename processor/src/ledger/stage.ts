/**
 * Collects the evidence of one batch: attempts, runs and announcements in, one delta out. It changes nothing but itself and
 * allocates per row and series, not per span.
 */
import {
  type CallOutcome,
  type DrillFaultName,
  type DrillOutcome,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  type RouteType,
} from '@warmspare/semconv';
import type { TripSigns } from '../analysis/breaker-trips.ts';
import { ChainFactsStage } from '../analysis/stage.ts';
import { isInjected } from '../classify/drills.ts';
import type { Attempt, Call, ChainRun, TargetList } from '../types/evidence.ts';
import type { Facts } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';
import { isJustHeard } from './heard.ts';
import { chainId, OVERFLOW_ID, OVERFLOW_KEY, OVERFLOW_SERVICE, rowId, rowKey } from './identity.ts';
import { type Place, rowIn, type ServicePlaces } from './places.ts';
import { emptyDelta, type SeriesDelta } from './series.ts';
import { kindOf, type SeriesKind } from './series-kind.ts';
import { createStagedCalls, type UnassignedDelta } from './staged-calls.ts';
import { type RowDelta, StagedRow } from './staged-row.ts';

/** A list that a batch announced. */
export interface AnnouncedList {
  readonly targets: TargetList;
  /** The greatest event time of an announcement that came for the first time, epoch ms; 0 where all of them were duplicates. */
  readonly newestAt: number;
}

export interface ChainDelta {
  readonly key: RowKey;
  readonly id: string;
  readonly service: ServiceIdentity;
  /** The lists that were announced, whose rows are in the delta. */
  readonly heard: readonly AnnouncedList[];
  /** Those that were just announced before: their rows are not. */
  readonly heardBefore: readonly AnnouncedList[];
  readonly series: readonly SeriesDelta[];
  readonly facts: Facts;
  /** What tells trips of breakers. */
  readonly signs: TripSigns;
  /** Breakers that the facts have no room for. */
  readonly breakersLeftOut: number;
}

/** All that one batch says, as values. */
export interface Delta {
  readonly receivedAt: number;
  readonly rows: readonly RowDelta[];
  readonly chains: readonly ChainDelta[];
  readonly watermarks: readonly { readonly service: ServiceIdentity; readonly at: number }[];
  readonly unassigned: readonly UnassignedDelta[];
  /** Unassigned calls that the list had no room for. */
  readonly unlisted: number;
}

/** What a stage asks of the ledger. */
export interface Admission {
  /** What is known of a service. */
  places(service: ServiceIdentity): ServicePlaces;
  /** Whether a row that is not known may be opened, or folds into the overflow row. Asked once a row and batch. */
  admits(service: ServiceIdentity, key: RowKey): boolean;
  /** When the row was retired last, epoch ms; 0 for one that never was. */
  retiredAt(id: string): number;
}

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
  hold(attempt: Attempt, outcome: CallOutcome, at: number, by: 1 | -1): void;
  /** A drill of a target has ended; `at`: epoch ms. Once a drill and target. */
  drill(of: DrilledTarget, outcome: DrillOutcome, fault: DrillFaultName | undefined, at: number): void;
  /** `counts`, `proves`: as for attempts. */
  run(run: ChainRun, at: number, counts: boolean, proves: boolean): void;
  /** `at`: its event time, epoch ms; 0 for a duplicate. Before what else the span says: an announcement knows ranks best. */
  announce(service: ServiceIdentity, chain: string, targets: TargetList, at: number): void;
  unassigned(call: Attempt | Call, at: number): void;
  /** A call that was listed is counted elsewhere. */
  assigned(call: Attempt | Call): void;
  /** An unassigned call may have stood in for one of the model `insteadOf`. */
  mayStandIn(call: Call, insteadOf: string): void;
  watermark(service: ServiceIdentity, at: number): void;
  seal(): Delta;
}

/** Whose drill it was. */
export type DrilledTarget = Pick<Attempt, 'service' | 'chain' | 'target' | 'routeType'>;

interface StagedChain {
  readonly service: ServiceIdentity;
  readonly name: string;
  readonly place: Place | undefined;
  readonly rows: Map<string, StagedRow[]>;
  readonly heard: StagedList[];
  readonly heardBefore: StagedList[];
  readonly series: SeriesDelta[];
  readonly facts: ChainFactsStage;
  lastHeard: StagedList | undefined;
}

type StagedList = { -readonly [K in keyof AnnouncedList]: AnnouncedList[K] };

interface StagedService {
  readonly service: ServiceIdentity;
  readonly places: ServicePlaces;
  readonly chains: Map<string, StagedChain>;
  watermark: number;
}

export function createStage(receivedAt: number, admission: Admission): Stage {
  const services = new Map<ServiceIdentity, StagedService>();
  const calls = createStagedCalls();
  let overflow: StagedRow | undefined;
  let lastService: StagedService | undefined;
  let lastChain: StagedChain | undefined;

  const stagedService = (service: ServiceIdentity): StagedService => {
    if (lastService?.service === service) return lastService;
    lastService = services.get(service);
    if (!lastService) {
      lastService = {
        service,
        places: admission.places(service),
        chains: new Map(),
        watermark: 0,
      };
      services.set(service, lastService);
    }
    return lastService;
  };

  const stagedChain = (service: ServiceIdentity, name: string): StagedChain => {
    if (lastChain?.service === service && lastChain.name === name) return lastChain;
    const { chains, places } = stagedService(service);
    lastChain = chains.get(name);
    if (!lastChain) {
      lastChain = openChain(service, name, places.get(name));
      chains.set(name, lastChain);
    }
    return lastChain;
  };

  const openRow = ({ service, name, place }: StagedChain, target: string, routeType: RouteType): StagedRow => {
    const known = rowIn(place, target, routeType);
    if (known) return new StagedRow(known.key, known.id, service, admission.retiredAt(known.id), known.facts);
    const key = rowKey(service, name, target, routeType);
    const id = rowId(key);
    const retiredAt = admission.retiredAt(id);
    // Whether a retired row comes back, and finds room, is told when the batch is folded.
    if (retiredAt > 0 || admission.admits(service, key)) return new StagedRow(key, id, service, retiredAt);
    overflow ??= new StagedRow(OVERFLOW_KEY, OVERFLOW_ID, OVERFLOW_SERVICE, 0);
    return overflow;
  };

  const stagedRow = (chain: StagedChain, target: string, routeType: RouteType): StagedRow => {
    const sameName = chain.rows.get(target);
    if (sameName) for (const row of sameName) if (row.key.routeType === routeType) return row;
    const row = openRow(chain, target, routeType);
    if (row === overflow) return row;
    if (sameName) sameName.push(row);
    else chain.rows.set(target, [row]);
    return row;
  };

  const openList = (chain: StagedChain, targets: TargetList): StagedList => {
    const isNamed = (list: StagedList): boolean => list.targets === targets;
    const known = chain.heard.find(isNamed) ?? chain.heardBefore.find(isNamed);
    if (known) return known;
    const list = { targets, newestAt: 0 };
    if (isJustHeard(chain.place?.chain?.heard, targets, receivedAt)) {
      chain.heardBefore.push(list);
      return list;
    }
    chain.heard.push(list);
    for (const [rank, target] of targets.entries()) stagedRow(chain, target.name, target.type).announce(rank);
    return list;
  };

  return {
    announce(service, name, targets, at) {
      const chain = stagedChain(service, name);
      if (chain.lastHeard?.targets !== targets) chain.lastHeard = openList(chain, targets);
      if (at > chain.lastHeard.newestAt) chain.lastHeard.newestAt = at;
    },
    attempt(attempt, outcome, policy, at, counts, proves) {
      const chain = stagedChain(attempt.service, attempt.chain);
      const row = stagedRow(chain, attempt.target, attempt.routeType);
      row.name(attempt);
      // What a target did before it was retired is no longer its row's; it still tells of the chain.
      const isSince = at > row.retiredAt;
      if (isInjected(attempt)) {
        if (isSince && counts) row.countInjected(attempt, outcome);
        return row !== overflow;
      }
      if (isSince && counts) row.count(attempt, outcome);
      if (row === overflow) return false;
      // A health check tells whether the model answers: nothing of what users need, and nothing of the chain.
      if (attempt.exercise === 'probe') {
        if (proves) row.probe(attempt, outcome, at);
        return true;
      }
      if (counts) {
        if (isSince) row.active(at);
        chain.facts.count(attempt, at);
      }
      if (!proves) return true;
      chain.facts.attempt(attempt, outcome, policy, at);
      if (isSince) row.prove(attempt, outcome, policy, at);
      return true;
    },
    hold(attempt, outcome, at, by) {
      const chain = stagedChain(attempt.service, attempt.chain);
      const row = stagedRow(chain, attempt.target, attempt.routeType);
      if (at > row.retiredAt) row.hold(outcome, by);
    },
    drill({ service, chain, target, routeType }, outcome, fault, at) {
      const row = stagedRow(stagedChain(service, chain), target, routeType);
      if (at > row.retiredAt) row.drill(outcome, fault);
    },
    run(run, at, counts, proves) {
      // Nobody needed its answer: what it made of an outage that was none protects nobody.
      if (run.exercise === 'drill') return;
      const { series, facts } = stagedChain(run.service, run.chain);
      if (proves) facts.run(run, at);
      if (!counts) return;
      if (run.outcome === 'exhausted') increment(series, EXHAUSTED);
      if (run.outcome === 'unprotected') increment(series, UNPROTECTED);
    },
    unassigned: calls.add,
    assigned: calls.remove,
    mayStandIn: calls.mayStandIn,
    watermark(service, at) {
      const staged = stagedService(service);
      if (at > staged.watermark) staged.watermark = at;
    },
    seal() {
      const rows: RowDelta[] = [];
      const chains: ChainDelta[] = [];
      for (const { chains: staged } of services.values()) {
        for (const chain of staged.values()) {
          chains.push(sealChain(chain));
          for (const { targets, newestAt } of chain.heard) {
            for (const { name, type } of targets) stagedRow(chain, name, type).announcedAt(newestAt);
          }
          for (const sameName of chain.rows.values()) for (const row of sameName) rows.push(row.seal(receivedAt));
        }
      }
      if (overflow) rows.push(overflow.seal(receivedAt));
      return {
        receivedAt,
        rows,
        chains,
        watermarks: [...services.values()]
          .filter(({ watermark }) => watermark > 0)
          .map(({ service, watermark }) => ({ service, at: watermark })),
        unassigned: calls.values(),
        unlisted: calls.unlisted,
      };
    },
  };
}

/** Runs that end badly, which begin at zero with the chain. */
export const EXHAUSTED: SeriesKind = kindOf(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED, {});
export const UNPROTECTED: SeriesKind = kindOf(METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED, {});

function openChain(service: ServiceIdentity, name: string, place: Place | undefined): StagedChain {
  return {
    service,
    name,
    place,
    rows: new Map(),
    heard: [],
    heardBefore: [],
    series: [],
    facts: new ChainFactsStage(place?.chain?.facts),
    lastHeard: undefined,
  };
}

function increment(series: SeriesDelta[], kind: SeriesKind): void {
  let delta = series.find((each) => each.kind === kind);
  if (!delta) {
    delta = emptyDelta(kind);
    series.push(delta);
  }
  delta.value++;
}

function sealChain({ service, name, place, heard, heardBefore, series, facts }: StagedChain): ChainDelta {
  const known = place?.chain;
  const key = known?.key ?? rowKey(service, name, '', '');
  return {
    key,
    id: known?.id ?? chainId(key),
    service,
    heard,
    heardBefore,
    series,
    facts: facts.facts(),
    signs: facts.signs(),
    breakersLeftOut: facts.breakersLeftOut,
  };
}
