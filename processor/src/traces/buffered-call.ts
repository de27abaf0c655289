/**
 * Copies calls for the trace window: a call that names no chain of its own or may have been a try, and a span around calls that tells
 * something of them. Of any other span `links.ts` notes only its parent.
 */
import {
  ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  type CallOutcome,
  type FailedGroups,
  type Job,
} from '@warmspare/semconv';
import { ID_WORDS, setIds } from '../base/ids.ts';
import type { GrowingKeyTable } from '../base/keys.ts';
import type { DeclaredChain } from '../normalise/dialects/dialect.ts';
import type { Dialects } from '../normalise/dialects/dialects.ts';
import { type Around, ATTEMPT, type Sites } from '../normalise/dialects/job-reader.ts';
import type { Attempt, Call } from '../types/evidence.ts';
import type { Span } from '../types/span.ts';
import { type CallState, createCallRecords } from './call-record.ts';
import type { Above, Links } from './links.ts';
import { SpanRef } from './span-ref.ts';

/** A copy of a call; an attempt where a configured `match` assigned it, or our own instrumentation inferred it. */
export interface BufferedCall {
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
  /** Whether its client gives each try a span. */
  readonly isTry: boolean;
  /** Whether spans around it, or beside it, may know better how it ended. */
  readonly isHeld: boolean;
  /**
   * The number of the attempt, where the call around it told of it once it was over: what another instrumentation recorded of the attempt
   * stands beside it.
   */
  readonly tryRank: number | undefined;
  /** Our own instrumentation recorded the same call right below it. */
  readonly isAboveOwn: boolean;
  /** Some call or attempt is above it, or some call waits for it: what they have to do with each other is to be found out. */
  readonly isRelated: boolean;
  /** The chain whose targets its model names. */
  readonly declared: DeclaredChain | undefined;
  /** Changed by the settlement alone, once the commit is durable. */
  state: CallState;
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
  /** The chain that the calls below try, as it names it. */
  readonly declared: DeclaredChain | undefined;
  /** A call or an attempt is above it, and a call below that came before. */
  readonly isBetween: boolean;
}

export type BufferedSpan = BufferedCall | Holder;

/** What the ledger takes a call for. */
export interface Standing {
  readonly outcome: CallOutcome;
  readonly at: number;
  readonly proves: boolean;
  readonly tryRank?: number | undefined;
}

export interface TraceBuffer {
  /** Undefined where the call stands alone, whatever else comes: the span has no ids, or is our own instrumentation's and assigned. */
  call(call: Attempt | Call, span: Span, standing: Standing): BufferedCall | undefined;
  /** Of a span that is no call; undefined where nothing but its place is worth keeping. */
  around(span: Span): Holder | undefined;
  /** Of the evidence of a chain; undefined where no call of its trace needs to know it. */
  told(attempt: Attempt, span: Span, standing: Standing): BufferedCall | undefined;
  /** Of a span whose calls belong to it: an attempt, a run of a chain, a call of our own. Undefined where it came before all of them. */
  owner(span: Span): Holder | undefined;
  /** Whether our own instrumentation, or whoever emits as it does, says how the call ended. */
  isOwn(span: Span): boolean;
  /** These calls were dropped unseen: the next ones are kept in their place. */
  reuse(calls: readonly BufferedCall[]): void;
}

/** Registers the names it reads with the key table. */
export function createTraceBuffer(dialects: Dialects, keys: GrowingKeyTable, links: Links): TraceBuffer {
  const callOutcome = keys.add(ATTR_LLM_FALLBACK_CALL_OUTCOME);
  const attemptSpanId = keys.add(ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID);
  const routeType = keys.add(ATTR_LLM_FALLBACK_ROUTE_TYPE);
  const routeSource = keys.add(ATTR_LLM_FALLBACK_ROUTE_SOURCE);
  const records = createCallRecords();
  /** By sites, which are one object where they are the same. */
  const callsAt = new WeakMap<Sites, Around>();

  const isOwn = ({ values }: Span): boolean => values[callOutcome] !== undefined;

  const ownFinding = (span: Span): BufferedCall['own'] => {
    if (!isOwn(span)) return undefined;
    const { values } = span;
    return values[routeSource] === 'inferred' && values[routeType] === 'fallback' ? 'fallback' : 'unknown';
  };

  const callAt = (sites: Sites): Around => {
    let around = callsAt.get(sites);
    if (!around) {
      around = { role: 'call', sites, isFramework: false };
      callsAt.set(sites, around);
    }
    return around;
  };

  const keep = (
    call: Attempt | Call,
    span: Span,
    own: BufferedCall['own'],
    { outcome, at, proves, tryRank }: Standing,
  ): BufferedCall | undefined => {
    const kept = records.take(span, call);
    if (!kept.hasIds) {
      records.giveBack([kept]);
      return undefined;
    }
    kept.own = own;
    kept.outcome = outcome;
    kept.at = at;
    kept.proves = proves;
    kept.job = dialects.job(span);
    kept.sites = dialects.sites(span);
    kept.run = dialects.run(span);
    kept.isRequest = kept.run !== undefined && dialects.isRequest(span);
    kept.group = dialects.group(span);
    kept.outputType = dialects.outputType(span);
    if (outcome !== 'success') links.fail(span);
    kept.address = undefined;
    kept.port = undefined;
    // Hardly any trace fails, and to look for the server takes a second look at the span. A success that came before the failure, out of
    // order, names none: at the same provider it then went to the same place as far as is known.
    if (span.readDetails === undefined || links.hasFailed(span)) dialects.readServer(span, kept);
    const isAssigned = call.kind === 'attempt';
    kept.isTry = isAssigned && dialects.isTry(span);
    kept.isHeld = isAssigned && dialects.isHeld(span);
    kept.tryRank = tryRank ?? dialects.tryRank(span);
    kept.declared = tryRank === undefined ? undefined : dialects.declaredChain(span);
    kept.isAboveOwn = false;
    kept.isRelated = false;
    if (own === undefined) relate(kept, span);
    else if (outcome !== 'success') waitFor(kept, span);
    kept.state = own === 'told' ? 'counted' : isAssigned || kept.isRelated ? 'new' : 'listed';
    return kept;
  };

  const relate = (kept: ReturnType<typeof records.take>, span: Span): void => {
    const above = links.above(span, kept.outcome === 'success' ? 1 : 2);
    const isWaitedFor = links.note(span, callAt(kept.sites)) > 0;
    kept.isAboveOwn = isWaitedFor && links.isAboveOwn(span);
    kept.isRelated = isWaitedFor || isRelated(above) || kept.tryRank !== undefined;
  };

  /** Evidence that does not say what its span is below waits for the span itself. */
  const waitFor = (kept: ReturnType<typeof records.take>, span: Span): void => {
    if (kept.hasParent) links.above(span, 2);
    else links.wait(kept.traceId, kept.spanId);
  };

  const holderOf = (span: Span, around: Around, more: Partial<Holder> = {}): Holder | undefined => {
    const { hasIds, traceKey, traceId, spanId, parentId } = new SpanRef(span);
    if (!hasIds) return undefined;
    const { startTime } = span;
    const place = { kind: 'holder' as const, traceKey, traceId, spanId, parentId, around, startTime };
    return { ...place, violated: false, failed: undefined, declared: undefined, isBetween: false, ...more };
  };

  const owner = (span: Span): Holder | undefined => {
    // Evidence does not say what its span is below; the span itself may come, too.
    if (span.unsampled && !hasParent(span)) return undefined;
    links.noteOwn(span);
    const isWaitedFor = links.note(span, ATTEMPT) > 0;
    return isWaitedFor || links.above(span, 1) === 'call' ? holderOf(span, ATTEMPT) : undefined;
  };

  return {
    call(call, span, standing) {
      const own = ownFinding(span);
      // Our own instrumentation has one span an attempt.
      return call.kind === 'attempt' && own !== undefined ? undefined : keep(call, span, own, standing);
    },
    around(span) {
      if (span.values[attemptSpanId] !== undefined) return owner(span);
      const around = dialects.around(span);
      const wait = links.note(span, around);
      const violated = around.isFramework && around.role !== 'apart' && dialects.violates(span);
      const failed = dialects.failedGroups(span);
      const declared = around.isFramework ? dialects.declaredChain(span) : undefined;
      const isBetween = wait > 0 && isRelated(links.above(span, wait));
      if (wait < 2 && !violated && !isBetween && failed === undefined && declared === undefined) return undefined;
      return holderOf(span, around, { violated, failed, declared, isBetween });
    },
    told: (attempt, span, standing) =>
      span.values[routeSource] === 'inferred' ? keep(attempt, span, 'told', standing) : undefined,
    owner,
    isOwn,
    reuse: records.giveBack,
  };
}

const isRelated = (above: Above): boolean => above === 'attempt' || above === 'call';

function hasParent({ parent }: Span): boolean {
  return parent[0] !== 0 || parent[1] !== 0;
}

/** The call as it was read. */
export function callOf({ call, traceId, spanId }: BufferedCall): Attempt | Call {
  const ids = new Uint32Array(ID_WORDS);
  setIds(ids, traceId, spanId);
  return { ...call, ids };
}

/** No answer came: what a client tries again by itself. */
export function isFailedTry(outcome: CallOutcome): boolean {
  return outcome === 'error' || outcome === 'timeout';
}

/** By start, then by end; ids decide between calls of the same time, so that every order of arrival agrees. */
export function inOrder(a: BufferedCall, b: BufferedCall): number {
  return a.call.startTime - b.call.startTime || a.call.endTime - b.call.endTime || (a.spanId < b.spanId ? -1 : 1);
}
