/**
 * What is kept of a span for the trace window: a call that names no chain of its own, or a span that holds one operation's calls.
 * Spans of our own instrumentation's chains never come here.
 */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  type CallOutcome,
  errorOutcome,
} from '@warmspare/semconv';
import type { Dialects } from '../dialects/dialects.ts';
import { ID_WORDS, setIds } from '../ids.ts';
import type { GrowingKeyTable } from '../keys.ts';
import type { Attempt, Call } from '../types/evidence.ts';
import type { Span } from '../types/span.ts';
import { createCallRecords } from './call-record.ts';
import { SpanRef } from './span-ref.ts';

/** A copy of a call; an attempt where a configured `match` assigned it. */
export interface KeptCall {
  readonly kind: 'call';
  /** Of the trace, among those that are kept at one time. */
  readonly traceKey: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Of the parent; empty only where our own instrumentation told of the call. */
  readonly parentId: string;
  /**
   * What our own instrumentation found out: it knows where calls belong together, whether or not their parents are known, and says which
   * one stood in for a failed one. Undefined where it was another one.
   */
  readonly own: 'fallback' | 'unknown' | undefined;
  /** Without its ids, which {@link callOf} gives back: many are kept, few are looked at again. */
  readonly call: Attempt | Call;
  /** As judged. */
  readonly outcome: CallOutcome;
  /** Event time and whether it proves anything, as the ledger takes them. */
  readonly at: number;
  readonly proves: boolean;
  /** The place in the code that made the call, where the dialect names one. */
  readonly site: string | undefined;
  /** What the calls of one run share, where the dialect says it. */
  readonly run: string | undefined;
  readonly embedding: boolean;
  /** Assigned and failed: it is proved, but not counted until its trace is settled. */
  readonly held: boolean;
}

/** A span around the calls of one operation: calls below two of one parent are siblings. */
export interface Holder {
  readonly kind: 'holder';
  readonly traceKey: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  /** Around holders only. */
  readonly outer: boolean;
  readonly site: string | undefined;
  /** It says that the answer of its last call did not fit the schema. */
  readonly violated: boolean;
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
  /** Undefined where the span is no holder. */
  holder(span: Span): Holder | undefined;
  /** Whether the span stands below a holder, which may know better how it ended. */
  isHeld(span: Span): boolean;
  /** These calls were dropped unseen: the next ones are kept in their place. */
  reuse(calls: readonly KeptCall[]): void;
}

/** Registers the names it reads with the key table. */
export function createKeeper(dialects: Dialects, keys: GrowingKeyTable): Keeper {
  const callOutcome = keys.add(ATTR_LLM_FALLBACK_CALL_OUTCOME);
  const routeType = keys.add(ATTR_LLM_FALLBACK_ROUTE_TYPE);
  const routeSource = keys.add(ATTR_LLM_FALLBACK_ROUTE_SOURCE);
  const records = createCallRecords();

  const ownFinding = ({ values }: Span): KeptCall['own'] => {
    if (values[callOutcome] === undefined) return undefined;
    return values[routeSource] === 'inferred' && values[routeType] === 'fallback' ? 'fallback' : 'unknown';
  };

  return {
    call(call, span, { outcome, at, proves }) {
      const own = ownFinding(span);
      // Of calls that are assigned only tries matter; our own instrumentation has one span an attempt.
      if (call.kind === 'attempt' && (own !== undefined || !dialects.isTry(span))) return undefined;
      const held = call.kind === 'attempt' && isFailedTry(outcome);
      const kept = records.take(span, call);
      kept.own = own;
      kept.outcome = outcome;
      kept.at = at;
      kept.proves = proves;
      kept.held = held;
      if (!kept.hasIds || (!kept.hasParent && own === undefined)) {
        records.giveBack([kept]);
        return undefined;
      }
      kept.site = dialects.site(span);
      kept.run = dialects.run(span);
      kept.embedding = dialects.isEmbedding(span);
      return kept;
    },
    holder(span) {
      if (span.isBare === true) return undefined;
      const outer = dialects.isOuterHolder(span);
      if (!outer && !dialects.isHolder(span)) return undefined;
      const violated = span.exceptionType !== undefined && errorOutcome(span.exceptionType) === 'schema_invalid';
      const { hasIds, traceKey, traceId, spanId, parentId } = new SpanRef(span);
      if (!hasIds) return undefined;
      return { kind: 'holder', traceKey, traceId, spanId, parentId, outer, site: dialects.site(span), violated };
    },
    isHeld: (span) => dialects.isHeld(span) && new SpanRef(span).hasParent,
    reuse: records.giveBack,
  };
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

/** Of the calls below a holder that says so, the last that looks like a success: its answer did not fit the schema. */
export function violations(kept: Iterable<Kept>): ReadonlySet<KeptCall> {
  const holders = new Set<string>();
  const last = new Map<string, KeptCall>();
  for (const each of kept) {
    if (each.kind === 'holder') {
      if (each.violated) holders.add(`${each.traceId}${each.spanId}`);
    } else if (each.outcome === 'success') {
      const id = `${each.traceId}${each.parentId}`;
      const before = last.get(id);
      if (!before || inOrder(before, each) < 0) last.set(id, each);
    }
  }
  return new Set([...last].filter(([id]) => holders.has(id)).map(([, call]) => call));
}

/** By start, then by end; ids decide between calls of the same time, so that every order of arrival agrees. */
export function inOrder(a: KeptCall, b: KeptCall): number {
  return a.call.startTime - b.call.startTime || a.call.endTime - b.call.endTime || (a.spanId < b.spanId ? -1 : 1);
}
