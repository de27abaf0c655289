/**
 * Collects the evidence of one batch: attempts, runs and announcements in, values for the commit out. It changes nothing but itself and
 * allocates per row and series, not per span.
 */
import type { CallOutcome, DrillFaultName, DrillOutcome, RouteType } from '@warmspare/semconv';
import { isInjected } from '../classify/drills.ts';
import type { Attempt, Call, ChainRun, TargetList } from '../types/evidence.ts';
import type { Policy } from '../types/policy.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';
import { createBatchCalls, type UnassignedCalls } from './batch-calls.ts';
import {
  type AnnouncedList,
  type BatchChain,
  createBatchChain,
  EXHAUSTED,
  increment,
  UNPROTECTED,
} from './batch-chain.ts';
import { BatchRow } from './batch-row.ts';
import { rowOfEntry, type ServiceChains } from './chain-index.ts';
import { OVERFLOW_ID, OVERFLOW_KEY, OVERFLOW_SERVICE, rowId, rowKey } from './identity.ts';
import { isRepeated } from './row.ts';

/** All that one batch says, as values. */
export interface BatchEvidence {
  readonly receivedAt: number;
  readonly rows: readonly BatchRow[];
  readonly chains: readonly BatchChain[];
  readonly watermarks: readonly { readonly service: ServiceIdentity; readonly at: number }[];
  readonly unassigned: readonly UnassignedCalls[];
  /** Unassigned calls that the list had no room for. */
  readonly unlisted: number;
}

/** What a stage asks of the ledger. */
export interface Admission {
  /** What is known of a service. */
  index(service: ServiceIdentity): ServiceChains;
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
  seal(): BatchEvidence;
}

/** Whose drill it was. */
export type DrilledTarget = Pick<Attempt, 'service' | 'chain' | 'target' | 'routeType'>;

interface StagedService {
  readonly service: ServiceIdentity;
  readonly index: ServiceChains;
  readonly chains: Map<string, BatchChain>;
  watermark: number;
}

export function createStage(receivedAt: number, admission: Admission): Stage {
  const services = new Map<ServiceIdentity, StagedService>();
  const calls = createBatchCalls();
  let overflow: BatchRow | undefined;
  let lastService: StagedService | undefined;
  let lastChain: BatchChain | undefined;

  const stagedService = (service: ServiceIdentity): StagedService => {
    if (lastService?.service === service) return lastService;
    lastService = services.get(service);
    if (!lastService) {
      lastService = {
        service,
        index: admission.index(service),
        chains: new Map(),
        watermark: 0,
      };
      services.set(service, lastService);
    }
    return lastService;
  };

  const seen = (service: ServiceIdentity, at: number): void => {
    const staged = stagedService(service);
    if (at > staged.watermark) staged.watermark = at;
  };

  const stagedChain = (service: ServiceIdentity, name: string): BatchChain => {
    if (lastChain?.service === service && lastChain.key.chain === name) return lastChain;
    const { chains, index } = stagedService(service);
    lastChain = chains.get(name);
    if (!lastChain) {
      lastChain = createBatchChain(service, name, index.get(name));
      chains.set(name, lastChain);
    }
    return lastChain;
  };

  const openRow = (
    { service, key: { chain: name }, entry }: BatchChain,
    target: string,
    routeType: RouteType,
  ): BatchRow => {
    const known = rowOfEntry(entry, target, routeType);
    if (known)
      return new BatchRow(known.key, known.id, service, admission.retiredAt(known.id), receivedAt, known.facts);
    const key = rowKey(service, name, target, routeType);
    const id = rowId(key);
    const retiredAt = admission.retiredAt(id);
    // Whether a retired row comes back, and finds room, is decided when the batch is merged.
    if (retiredAt > 0 || admission.admits(service, key)) return new BatchRow(key, id, service, retiredAt, receivedAt);
    overflow ??= new BatchRow(OVERFLOW_KEY, OVERFLOW_ID, OVERFLOW_SERVICE, 0, receivedAt);
    return overflow;
  };

  const stagedRow = (chain: BatchChain, target: string, routeType: RouteType): BatchRow => {
    const sameName = chain.rows.get(target);
    if (sameName) for (const row of sameName) if (row.key.routeType === routeType) return row;
    const row = openRow(chain, target, routeType);
    if (row === overflow) return row;
    if (sameName) sameName.push(row);
    else chain.rows.set(target, [row]);
    return row;
  };

  const openList = (chain: BatchChain, targets: TargetList): AnnouncedList => {
    const isNamed = (list: AnnouncedList): boolean => list.targets === targets;
    const known = chain.announced.find(isNamed) ?? chain.repeated.find(isNamed);
    if (known) return known;
    const list = { targets, newestAt: 0 };
    if (isRepeated(chain.entry?.chain?.lastAnnouncement, targets, receivedAt)) {
      chain.repeated.push(list);
      return list;
    }
    chain.announced.push(list);
    for (const [rank, target] of targets.entries()) stagedRow(chain, target.name, target.type).announce(rank);
    return list;
  };

  return {
    announce(service, name, targets, at) {
      const chain = stagedChain(service, name);
      if (chain.newestList?.targets !== targets) chain.newestList = openList(chain, targets);
      if (at > chain.newestList.newestAt) chain.newestList.newestAt = at;
    },
    attempt(attempt, outcome, policy, at, counts, proves) {
      // A call that waited for its trace is counted in another commit than that of its span.
      seen(attempt.service, Math.min(at, receivedAt));
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
    watermark: seen,
    seal() {
      const rows: BatchRow[] = [];
      const chains: BatchChain[] = [];
      for (const { chains: staged } of services.values()) {
        for (const chain of staged.values()) {
          chains.push(chain);
          for (const { targets, newestAt } of chain.announced) {
            for (const { name, type } of targets) stagedRow(chain, name, type).announcedAt(newestAt);
          }
          for (const sameName of chain.rows.values()) for (const row of sameName) rows.push(row);
        }
      }
      if (overflow) rows.push(overflow);
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
