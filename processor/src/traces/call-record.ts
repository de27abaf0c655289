/**
 * What a call without a chain is kept in. Most are dropped unseen, and what is dropped takes the next one in: kept for seconds, each
 * would live just long enough to cost the collector most.
 */
import type { CallOutcome, Job } from '@warmspare/semconv';
import { ID_WORDS } from '../base/ids.ts';
import type { DeclaredChain } from '../normalise/dialects/dialect.ts';
import { NO_SITES, type Sites } from '../normalise/dialects/job-reader.ts';
import type { Attempt, Call } from '../types/evidence.ts';
import type { Span } from '../types/span.ts';
import { SpanRef } from './span-ref.ts';

export interface CallRecords {
  /** With a copy of the call; the rest is the caller's to fill in. */
  take(span: Span, call: Attempt | Call): CallRecord;
  /** Nobody else may hold them. */
  giveBack(calls: readonly object[]): void;
}

/**
 * `new`: of this commit. `waiting`: assigned, and not counted until more of its trace is known; a failure is proved at once, a success is not.
 * `listed`: among the unassigned calls. `counted`: as an attempt of a chain. `elsewhere`: by another call or attempt.
 */
export type CallState = 'new' | 'waiting' | 'listed' | 'counted' | 'elsewhere';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Copy = Mutable<Omit<Attempt, 'kind'>> & { kind: 'attempt' | 'call' };

const MAX_FREE = 20_000;
const NO_IDS = new Uint32Array(ID_WORDS);

class CallRecord extends SpanRef {
  readonly kind = 'call';
  readonly copy: Copy;
  own: 'fallback' | 'told' | 'unknown' | undefined = undefined;
  outcome: CallOutcome = 'error';
  at = 0;
  proves = false;
  job: Job | undefined = undefined;
  sites: Sites = NO_SITES;
  run: string | undefined = undefined;
  isRequest = false;
  group: string | undefined = undefined;
  outputType: string | undefined = undefined;
  address: string | undefined = undefined;
  port: number | undefined = undefined;
  isTry = false;
  isHeld = false;
  tryRank: number | undefined = undefined;
  isAboveOwn = false;
  isRelated = false;
  declared: DeclaredChain | undefined = undefined;
  state: CallState = 'new';

  constructor(span: Span, call: Attempt | Call) {
    super(span);
    this.copy = { ...call, ids: NO_IDS };
  }

  get call(): Attempt | Call {
    return this.copy as Attempt | Call;
  }
}

export function createCallRecords(): CallRecords {
  const free: CallRecord[] = [];
  return {
    take(span, call) {
      const record = free.pop();
      if (!record) return new CallRecord(span, call);
      record.refer(span);
      copyCall(record.copy, call);
      return record;
    },
    giveBack(calls) {
      for (const each of calls) if (each instanceof CallRecord && free.length < MAX_FREE) free.push(each);
    },
  };
}

/** Field by field, which is several times faster than any way to name them all. */
function copyCall(into: Copy, from: Attempt | Call): void {
  into.kind = from.kind;
  into.service = from.service;
  into.chain = from.chain;
  into.target = from.target;
  into.routeType = from.routeType;
  into.rank = from.rank;
  into.targets = from.targets;
  into.configured = from.configured;
  into.unsampled = from.unsampled;
  into.outcome = from.outcome;
  into.exercise = from.exercise;
  into.drillId = from.drillId;
  into.drillFault = from.drillFault;
  into.startTime = from.startTime;
  into.endTime = from.endTime;
  into.errorType = from.errorType;
  into.provider = from.provider;
  into.requestModel = from.requestModel;
  into.responseModel = from.responseModel;
  into.inputTokens = from.inputTokens;
  into.outputTokens = from.outputTokens;
  into.costAmount = from.costAmount;
  into.costCurrency = from.costCurrency;
  into.schemaValidity = from.schemaValidity;
  into.schemaErrorType = from.schemaErrorType;
  into.schemaFingerprint = from.schemaFingerprint;
  into.promptFingerprint = from.promptFingerprint;
  into.promptVersion = from.promptVersion;
  into.triggerReason = from.triggerReason;
  into.primaryErrorType = from.primaryErrorType;
  into.failoverDuration = from.failoverDuration;
  into.cacheAge = from.cacheAge;
  into.breakerName = from.breakerName;
  into.breakerState = from.breakerState;
}
