/** One request's spans through normalise, classify and judge into a stage of their own; `commit` hands the stage to the queue. */
import { type CallOutcome, isInferred, sameModel } from '@warmspare/semconv';
import { StoreUnavailable } from '../base/errors.ts';
import { idsOfTexts } from '../base/ids.ts';
import type { Classifier } from '../classify/classify.ts';
import { drillOutcomeOf, isInjected } from '../classify/drills.ts';
import { judge } from '../classify/judge.ts';
import type { PolicyIndex } from '../classify/policies.ts';
import { type BatchEvidence, createStage } from '../ledger/batch-evidence.ts';
import { type GrowingIdSet, hashHigh, hashLow, hasIds, type Window } from '../ledger/duplicate-window.ts';
import { CLOCK_TOLERANCE, type Ledger } from '../ledger/ledger.ts';
import { listedIn } from '../normalise/dialects/pydantic-ai.ts';
import type { Normalised, Normaliser } from '../normalise/normalise.ts';
import type { BufferedSpan, TraceBuffer } from '../traces/buffered-call.ts';
import type { CountedBelow } from '../traces/counted-below.ts';
import type { Attempt, Call, OtherSpan } from '../types/evidence.ts';
import type { Batch, BatchResult, RejectReason } from '../types/pipeline.ts';
import type { Span } from '../types/span.ts';
import { agrees, type ClockGuard } from './clock-guard.ts';
import type { CommitQueue } from './commit-queue.ts';

export interface BatchContext {
  readonly normaliser: Normaliser;
  readonly ledger: Ledger;
  readonly window: Window;
  readonly queue: CommitQueue;
  readonly traceBuffer: TraceBuffer;
  readonly clock: ClockGuard;
  readonly countedBelow: CountedBelow;
  readonly nameLength: number;
  /** Those of the moment: a configuration may be reloaded while a batch is open. */
  readonly classifier: () => Classifier;
  readonly policies: () => PolicyIndex;
  readonly committed: (result: BatchResult) => void;
}

/** How often spans of a service that are no evidence may cost a commit, in ms: they only move its watermark. */
const WATERMARK_INTERVAL = 5_000;

/** How a span arrived: its time, whether it proves something, and whether it was counted before. */
interface Receipt {
  readonly at: number;
  readonly proves: boolean;
  readonly duplicate: boolean;
}

type Evidence = Exclude<Normalised, OtherSpan>;

/** What was used is of no target alone. */
const NO_USAGE = { inputTokens: undefined, outputTokens: undefined, costAmount: undefined, costCurrency: undefined };

export function openBatch(context: BatchContext, receivedAt: number): Batch {
  const { normaliser, ledger, window, queue, traceBuffer, clock } = context;
  const stage = createStage(receivedAt, ledger.admission());
  const own = queue.takeIds();
  const joinsBefore = queue.joins;
  const failuresBefore = queue.failures;
  const kept: BufferedSpan[] = [];
  const rejected = new Map<RejectReason, number>();
  let accepted = 0;
  let ignored = 0;
  let duplicates = 0;
  let clamped = 0;
  let overflowed = 0;
  let sawPending = false;
  let agreesWithClock = false;

  const reject = (reason: RejectReason): void => {
    rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
  };

  /** Whether the span was counted before. Without both ids that cannot be told, and it never was. */
  const isDuplicate = (ids: Uint32Array): boolean => {
    if (!hasIds(ids)) return false;
    const high = hashHigh(ids);
    const low = hashLow(ids);
    if (window.has(high, low)) return true;
    if (queue.pending.has(high, low)) {
      sawPending = true;
      return true;
    }
    return !own.add(high, low);
  };

  const policyOf = ({ service, chain, target }: Attempt) => context.policies().target(service, chain, target);

  /** A call that names no chain: others of its trace may tell more about it, now or later. */
  const takeCall = (call: Call, span: Span, receipt: Receipt, tryRank?: number): void => {
    const attempt = context.classifier().assign(call, span);
    if (attempt === 'ignored') return;
    const { at, proves, duplicate } = receipt;
    const policy = attempt && policyOf(attempt);
    const outcome = attempt && policy ? judge(attempt, policy) : call.outcome;
    // A health check stands in for no other call, and is no try of one.
    const isProbe = call.exercise === 'probe';
    const sibling =
      duplicate || isProbe ? undefined : traceBuffer.call(attempt ?? call, span, { outcome, at, proves, tryRank });
    if (sibling) {
      kept.push(sibling);
      if (sibling.state === 'listed') stage.unassigned(call, at);
    } else if (!attempt || !policy) {
      if (!duplicate) stage.unassigned(call, at);
      // The first copy told all that there is.
    } else if (!duplicate || isProbe || traceBuffer.isOwn(span)) {
      if (!stage.attempt(attempt, outcome, policy, at, !duplicate, proves)) overflowed++;
    }
  };

  /** A call that is named after all targets of its chain failed with each of them, or was served by the one that answered. */
  const takeListed = (call: Call, span: Span, receipt: Receipt): void => {
    const models = listedIn(call.requestModel);
    if (!models) {
      takeCall(call, span, receipt);
      return;
    }
    const { outcome, responseModel } = call;
    const providers = listedIn(call.provider);
    for (const [rank, requestModel] of models.entries()) {
      if (outcome === 'success' && !(responseModel !== undefined && sameModel(requestModel, responseModel))) continue;
      const provider = providers?.[rank] ?? (providers ? undefined : call.provider);
      const usage = outcome === 'success' ? {} : NO_USAGE;
      const each = { ...call, ...usage, kind: 'call' as const, requestModel, provider };
      takeCall(each, span, receipt, rank);
    }
  };

  /** Calls of other instrumentations below the span belong to it. */
  const takeOwner = (span: Span): void => {
    const owner = traceBuffer.owner(span);
    if (owner) kept.push(owner);
  };

  /** Several attempts of a target may be part of one drill: the first one tells how it ended. */
  const takeDrill = (attempt: Attempt, outcome: CallOutcome, at: number): void => {
    const ended = drillOutcomeOf(attempt, outcome);
    if (ended === undefined) return;
    const { drillId, service, chain, target, routeType } = attempt;
    if (drillId !== undefined) {
      const { namespace, name, environment } = service;
      const ids = idsOfTexts([drillId, namespace, name, environment, chain, target, routeType]);
      if (isDuplicate(ids)) return;
    }
    stage.drill(attempt, ended, attempt.drillFault, at);
  };

  const take = (evidence: Evidence, span: Span): void => {
    const early = evidence.endTime <= receivedAt + CLOCK_TOLERANCE;
    const at = early ? evidence.endTime : receivedAt;
    const duplicate = isDuplicate(evidence.ids);
    if (duplicate) duplicates++;
    if (!early) clamped++;
    // A clamped time is new at every receipt: it proves something only where an earlier receipt would still be known.
    const proves = early || (!duplicate && hasIds(evidence.ids) && evidence.startTime >= window.since);
    const { service, chain, targets } = evidence;
    if (targets && chain !== '') stage.announce(service, chain, targets, proves && !duplicate ? at : 0);
    if (evidence.kind === 'announcement') return;
    if (evidence.kind === 'run') {
      stage.run(evidence, at, !duplicate, proves);
      takeOwner(span);
      return;
    }
    if (evidence.kind === 'drill') {
      if (!duplicate) stage.drill(evidence, evidence.outcome, evidence.fault, at);
      return;
    }
    if (evidence.kind === 'call') {
      if (traceBuffer.isOwn(span)) takeOwner(span);
      takeListed(evidence, span, { at, proves, duplicate });
      return;
    }
    const policy = policyOf(evidence);
    const outcome = judge(evidence, policy);
    const counts = !duplicate && !context.countedBelow.has(evidence, span);
    if (!stage.attempt(evidence, outcome, policy, at, counts, proves)) overflowed++;
    if (duplicate) return;
    takeDrill(evidence, outcome, at);
    takeOwner(span);
    if (isInjected(evidence)) return;
    const told = traceBuffer.told(evidence, span, { outcome, at, proves });
    if (told) kept.push(told);
  };

  /**
   * A chain that an instrumentation inferred gives way to the configuration. Of a rule's target its own calls tell: the attempt of one that
   * failed before, which is no call, would say it again.
   */
  const giveWay = (attempt: Attempt, span: Span): Attempt | undefined => {
    const { chain, target, routeType, rank, targets } = attempt;
    const call: Call = Object.assign(attempt, { kind: 'call' as const, chain: '', target: '', targets: undefined });
    const claimed = context.classifier().assign(call, span);
    if (claimed === undefined) {
      return Object.assign(call, { kind: 'attempt' as const, chain, target, routeType, rank, targets });
    }
    return claimed === 'ignored' || !normaliser.isModelCall(span) ? undefined : claimed;
  };

  /** A span that is no model call is nothing, unless a rule assigns it. */
  const readSpan = (span: Span): Evidence | undefined => {
    const classifier = context.classifier();
    const read = normaliser.read(span, classifier.wanted);
    if (read?.kind === 'attempt' && isInferred(read.chain)) return giveWay(read, span);
    if (read?.kind !== 'other') return read;
    const attempt = classifier.assign(read, span);
    return attempt === 'ignored' ? undefined : attempt;
  };

  const refusal = (evidence: Evidence): RejectReason | undefined => {
    if (!(evidence.endTime > 0)) return 'missing_end_time';
    if (evidence.chain.length > context.nameLength) return 'name_too_long';
    if ('target' in evidence && evidence.target.length > context.nameLength) return 'name_too_long';
    return undefined;
  };

  return {
    reject,
    add(span) {
      if (span.hasInvalidId === true) {
        reject('invalid_id');
        return;
      }
      agreesWithClock ||= agrees(span.endTime, receivedAt);
      const evidence = readSpan(span);
      if (span.endTime > 0) stage.watermark(span.service, Math.min(span.endTime, receivedAt));
      if (!evidence) {
        ignored++;
        const holder = traceBuffer.around(span);
        if (holder) kept.push(holder);
        return;
      }
      const reason = refusal(evidence);
      if (reason) {
        reject(reason);
        return;
      }
      accepted++;
      take(evidence, span);
    },
    async commit() {
      const counts = [...rejected].map(([reason, count]) => ({ reason, count }));
      const isBehind = clock.isBehind(receivedAt);
      if (isBehind && !agreesWithClock) throw new StoreUnavailable(clock.problem(receivedAt));
      if (isBehind) {
        clock.confirm(receivedAt);
        ledger.isAhead(receivedAt);
      }
      const result: BatchResult = { accepted, ignored, rejected: counts, duplicates, clamped, overflowed };
      if (accepted > 0) {
        if (sawPending && queue.failures !== failuresBefore) {
          throw new StoreUnavailable('the commit that held the first copy of these spans failed');
        }
        if (queue.joins !== joinsBefore && hasPending(own, context)) {
          throw new StoreUnavailable('the same spans came twice at once');
        }
        await queue.join([{ kind: 'delta', delta: stage.seal() }], own, kept);
      } else if (ignored > 0 && isNews(stage.seal().watermarks, ledger)) {
        await queue.join([{ kind: 'delta', delta: stage.seal() }], undefined, kept);
      } else if (kept.length > 0 || isBehind) await queue.join([], undefined, kept);
      context.committed(result);
      return result;
    },
  };
}

function isNews(watermarks: BatchEvidence['watermarks'], ledger: Ledger): boolean {
  return watermarks.some(({ service, at }) => at - (ledger.watermarkOf(service) ?? at) >= WATERMARK_INTERVAL);
}

/** Batches that were open at once cannot see each other's spans. */
function hasPending(own: GrowingIdSet, { queue, window }: BatchContext): boolean {
  const hashes = own.hashes();
  for (let from = 0; from + 1 < hashes.length; from += 2) {
    const high = hashes[from] ?? 0;
    const low = hashes[from + 1] ?? 0;
    if (queue.pending.has(high, low) || window.has(high, low)) return true;
  }
  return false;
}
