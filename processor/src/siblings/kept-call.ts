/**
 * What is kept of a span for the trace window: a call that names no chain of its own or may have been a try, or a span around calls that
 * tells something of them. Of all other spans only where they stand is noted (`links.ts`).
 */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  type CallOutcome,
  type FailedGroups,
  type Job,
} from '@warmspare/semconv';
import type { Dialects } from '../dialects/dialects.ts';
import { type Around, ATTEMPT, NOWHERE, PLAIN, type Sites } from '../dialects/job-reader.ts';
import { ID_WORDS, setIds } from '../ids.ts';
import type { GrowingKeyTable } from '../keys.ts';
import type { Attempt, Call } from '../types/evidence.ts';
import type { Span } from '../types/span.ts';
import { createCallRecords } from './call-record.ts';
import type { Links } from './links.ts';
import { SpanRef } from './span-ref.ts';

/** A copy of a call; an attempt where a configured `match` assigned it, or our own instrumentation inferred it. */
export interface KeptCall {
  readonly kind: 'call';
  /** Of the trace, among those that are kept at one time. */
  readonly traceKey: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Of the parent; empty only where our own instrumentation told of the call. */
  readonly parentId: string;
  /**
   * What our own instrumentation found out: that the call stood in for a failed one, or that it is the evidence of a chain already.
   * Undefined where it was another one.
   */
  readonly own: 'fallback' | 'told' | 'unknown' | undefined;
  /** Without its ids, which {@link callOf} gives back: many are kept, few are looked at again. */
  readonly call: Attempt | Call;
  /** As judged. */
  readonly outcome: CallOutcome;
  /** Event time and whether it proves anything, as the ledger takes them. */
  readonly at: number;
  readonly proves: boolean;
  readonly job: Job | undefined;
  /** The places in the code that made the call, where the dialect names some. */
  readonly sites: Sites;
  /** What the calls of one run share, where the dialect says it; of a whole request to a gateway or not. */
  readonly run: string | undefined;
  readonly isRequest: boolean;
  /** The gateway's group that the call was for. */
  readonly group: string | undefined;
  readonly outputType: string | undefined;
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** Assigned and failed: it is proved, but not counted until its trace is settled. */
  readonly held: boolean;
  /** Assigned and a success that spans around it may take back: neither proved nor counted until its trace is settled. */
  readonly waits: boolean;
}

/** A span around calls, or beside one, that tells something of them. */
export interface Holder {
  readonly kind: 'holder';
  readonly traceKey: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly around: Around;
  /** It says that the answer of a call did not fit the schema. */
  readonly violated: boolean;
  /** Epoch ms. */
  readonly startTime: number;
  /** It says which groups of a gateway failed. */
  readonly failed: FailedGroups | undefined;
}

export type Kept = KeptCall | Holder;

/** What the ledger takes a call for. */
export interface Standing {
  readonly outcome: CallOutcome;
  readonly at: number;
  readonly proves: boolean;
}

export interface Keeper {
  /** Undefined where the span does not say whose sibling it is. */
  call(call: Attempt | Call, span: Span, standing: Standing): KeptCall | undefined;
  /** Of a span that is no call; undefined where nothing but its place is worth keeping. */
  around(span: Span): Holder | undefined;
  /** Of the evidence of a chain; undefined where no call of its trace needs to know it. */
  told(attempt: Attempt, span: Span, standing: Standing): KeptCall | undefined;
  /** Of a call that came before: our own instrumentation's evidence does not say what its span is below, the span itself does. */
  again(span: Span): Holder | undefined;
  /** Whether spans around the call may take a success back. */
  mayWait(span: Span): boolean;
  /** These calls were dropped unseen: the next ones are kept in their place. */
  reuse(calls: readonly KeptCall[]): void;
}

/** Registers the names it reads with the key table. */
export function createKeeper(dialects: Dialects, keys: GrowingKeyTable, links: Links): Keeper {
  const callOutcome = keys.add(ATTR_LLM_FALLBACK_CALL_OUTCOME);
  const routeType = keys.add(ATTR_LLM_FALLBACK_ROUTE_TYPE);
  const routeSource = keys.add(ATTR_LLM_FALLBACK_ROUTE_SOURCE);
  const records = createCallRecords();

  const ownFinding = ({ values }: Span): KeptCall['own'] => {
    if (values[callOutcome] === undefined) return undefined;
    return values[routeSource] === 'inferred' && values[routeType] === 'fallback' ? 'fallback' : 'unknown';
  };

  const mayWait = (span: Span): boolean => dialects.isHeld(span) && hasParent(span);

  /** A success may be taken back, and of a gateway's group that failed be said which others did. */
  const mayBeToldOf = (span: Span, outcome: CallOutcome): boolean =>
    outcome === 'success' ? mayWait(span) : dialects.group(span) !== undefined;

  const keep = (call: Attempt | Call, span: Span, own: KeptCall['own'], standing: Standing): KeptCall | undefined => {
    const kept = records.take(span, call);
    if (!kept.hasIds || (!kept.hasParent && own === undefined)) {
      records.giveBack([kept]);
      return undefined;
    }
    const isAssigned = call.kind === 'attempt' && own === undefined;
    const { outcome, at, proves } = standing;
    kept.own = own;
    kept.outcome = outcome;
    kept.at = at;
    kept.proves = proves;
    kept.held = isAssigned && isFailedTry(outcome) && dialects.isTry(span);
    kept.waits = isAssigned && outcome === 'success' && mayWait(span);
    kept.job = dialects.job(span);
    kept.sites = dialects.sites(span);
    kept.run = dialects.run(span);
    kept.isRequest = kept.run !== undefined && dialects.isRequest(span);
    kept.group = dialects.group(span);
    kept.outputType = dialects.outputType(span);
    if (outcome !== 'success') links.fail(kept.traceId, kept.hasParent ? kept.parentId : kept.spanId);
    // Hardly any trace fails, and to look for the server takes a second look at the span. A success that came before the failure, out of
    // order, names none: at the same provider it then went to the same place as far as is known.
    const { address, port } = span.readDetails === undefined || links.hasFailed(span) ? dialects.server(span) : NOWHERE;
    kept.address = address;
    kept.port = port;
    return kept;
  };

  const holderOf = (span: Span, told: Pick<Holder, 'around' | 'violated' | 'failed'>): Holder | undefined => {
    const { hasIds, traceKey, traceId, spanId, parentId } = new SpanRef(span);
    if (!hasIds) return undefined;
    return { kind: 'holder', traceKey, traceId, spanId, parentId, startTime: span.startTime, ...told };
  };

  return {
    call(call, span, standing) {
      const own = ownFinding(span);
      if (call.kind === 'attempt') {
        // Our own instrumentation has one span an attempt. Of others only tries matter, and what spans around may tell more of.
        if (own !== undefined) return undefined;
        if (!dialects.isTry(span) && !mayBeToldOf(span, standing.outcome)) return undefined;
      }
      return keep(call, span, own, standing);
    },
    around(span) {
      const around = dialects.around(span);
      const isWaitedFor = links.note(span, around);
      const violated = around.isFramework && around.role !== 'apart' && dialects.violates(span);
      const failed = dialects.failedGroups(span);
      const isTelling = isWaitedFor || violated || failed !== undefined;
      return isTelling ? holderOf(span, { around, violated, failed }) : undefined;
    },
    again(span) {
      if (span.values[callOutcome] === undefined || !hasParent(span) || !links.note(span, PLAIN)) return undefined;
      return holderOf(span, { around: PLAIN, violated: false, failed: undefined });
    },
    told(attempt, span, standing) {
      links.note(span, ATTEMPT);
      if (span.values[routeSource] !== 'inferred') return undefined;
      return keep(attempt, span, 'told', standing);
    },
    mayWait,
    reuse: records.giveBack,
  };
}

function hasParent({ parent }: Span): boolean {
  return parent[0] !== 0 || parent[1] !== 0;
}

/** The call as it was read. */
export function callOf({ call, traceId, spanId }: KeptCall): Attempt | Call {
  const ids = new Uint32Array(ID_WORDS);
  setIds(ids, traceId, spanId);
  return { ...call, ids };
}

/** No answer came: what a client tries again by itself. */
export function isFailedTry(outcome: CallOutcome): boolean {
  return outcome === 'error' || outcome === 'timeout';
}

/** By start, then by end; ids decide between calls of the same time, so that every order of arrival agrees. */
export function inOrder(a: KeptCall, b: KeptCall): number {
  return a.call.startTime - b.call.startTime || a.call.endTime - b.call.endTime || (a.spanId < b.spanId ? -1 : 1);
}
