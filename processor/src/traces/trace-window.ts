/**
 * Keeps the calls of traces until nothing more is to be expected of them, then hands each trace on, whole and once. It is bounded in
 * calls, calls a trace and time, and lost at a restart.
 */

import type { BufferedCall, BufferedSpan } from './buffered-call.ts';
import { createGrowth } from './growth.ts';
import { createLinks, type Links } from './links.ts';
import { createTouchOrder } from './touch-order.ts';
import {
  addCall,
  addHolder,
  emptyTrace,
  isInQuestion,
  isOpen,
  isOwed,
  isTelling,
  isToBeJudged,
  type KeptTrace,
  lookUp,
  newTrace,
  sizeOf,
  type Trace,
} from './trace.ts';

export interface TraceWindow {
  /** What joins at `now` (epoch ms), and what becomes of it; nothing changes before `apply`. */
  prepare(joining: readonly BufferedSpan[], now: number): Prepared;
  /** Whether a trace waits to be handed on. */
  isDue(now: number): boolean;
  /** From now on every trace is due at once. */
  drain(): void;
  /** Spans that are kept. */
  readonly size: number;
  /** Calls, and spans around them, whose trace had to be judged before its time, or without them, for want of room. */
  readonly evicted: number;
}

export interface Prepared {
  /** Traces of which nothing more is to be expected. */
  readonly due: readonly Trace[];
  /** Traces as they will be, in which a span that joins may decide something. */
  readonly growing: readonly Trace[];
  apply(): void;
}

export interface TraceLimits {
  readonly spans: number;
  readonly spansPerTrace: number;
}

const LIMITS: TraceLimits = { spans: 20_000, spansPerTrace: 64 };
/** Spans above a trace's calls, for each that it may hold. */
const LINKS_PER_SPAN = 4;

/** After the last span of a trace that ended well: what was sent before may still be under way (ms). */
export const CALM_WAIT = 10_000;
/** After a failure that nothing followed yet (ms): a model may take that long to answer. */
export const FAILED_WAIT = 60_000;
/** A trace that never rests is judged piece by piece (ms). */
const MAX_AGE = 10 * 60_000;
/** A commit judges so many traces: the next one goes on. */
const TRACES_PER_COMMIT = 5_000;

/** `dropped` is told of the calls of each trace that leaves without having been handed on. */
export function createTraceWindow(
  limits: TraceLimits = LIMITS,
  dropped: (calls: readonly BufferedCall[]) => void = () => {},
  noted: Links = createLinks(),
): TraceWindow {
  const traces = new Map<number, KeptTrace>();
  const calm = createTouchOrder<KeptTrace>();
  const failed = createTouchOrder<KeptTrace>();
  const overdue = new Set<KeptTrace>();
  /** Traces in which something failed that a commit added to. */
  const touched = new Set<KeptTrace>();
  /** Traces that were dropped, for the next ones: kept for seconds, each would live just long enough to cost the collector most. */
  const free: KeptTrace[] = [];
  const maxLinks = limits.spansPerTrace * LINKS_PER_SPAN;
  let size = 0;
  let evicted = 0;
  let draining = false;
  let turnedAt = 0;
  const growth = createGrowth(noted, limits.spansPerTrace);

  const take = (trace: KeptTrace): void => {
    if (!trace.order) return;
    trace.order.remove(trace);
    trace.order = undefined;
    traces.delete(trace.key);
    size -= sizeOf(trace);
  };

  const put = (trace: KeptTrace, now: number): void => {
    trace.touchedAt = now;
    trace.order = isOpen(trace) ? failed : calm;
    trace.order.add(trace);
    traces.set(trace.key, trace);
    size += sizeOf(trace);
  };

  /** Nobody holds it any more. */
  const drop = (trace: KeptTrace): void => {
    dropped(trace.calls);
    if (free.length === limits.spans) return;
    emptyTrace(trace);
    free.push(trace);
  };

  /** Judged by the next commit. */
  const setAside = (trace: KeptTrace): void => {
    take(trace);
    if (isToBeJudged(trace)) overdue.add(trace);
    else drop(trace);
  };

  const openTrace = (key: number, now: number): KeptTrace => {
    const trace = free.pop();
    if (!trace) return newTrace(key, now);
    trace.key = key;
    trace.since = now;
    return trace;
  };

  const traceOf = (key: number, now: number): KeptTrace => {
    const known = traces.get(key);
    if (known && now - known.since < MAX_AGE) return known;
    if (known) setAside(known);
    return openTrace(key, now);
  };

  const complete = (trace: KeptTrace): void => {
    if (!trace.order) return;
    size -= sizeOf(trace);
    lookUp(trace, noted, maxLinks);
    size += sizeOf(trace);
  };

  const keep = (kept: BufferedSpan, now: number): void => {
    // The span of a trace that nobody waits for any more.
    if (kept.kind === 'holder' && !isTelling(kept) && !traces.has(kept.traceKey)) return;
    const trace = traceOf(kept.traceKey, now);
    if (trace.calls.length + trace.holders.length >= limits.spansPerTrace) {
      evicted++;
      if (kept.kind === 'call' && isOwed(kept)) overdue.add(newTrace(trace.key, now, [kept]));
      return;
    }
    take(trace);
    if (kept.kind === 'call') addCall(trace, kept);
    else if (!addHolder(trace, kept, maxLinks)) evicted++;
    put(trace, now);
    if (isInQuestion(trace)) touched.add(trace);
  };

  const makeRoom = (): void => {
    while (size > limits.spans) {
      const oldest = calm.oldest ?? failed.oldest;
      if (!oldest) return;
      evicted += sizeOf(oldest);
      setAside(oldest);
    }
  };

  const isRipe = (trace: KeptTrace | undefined, now: number): trace is KeptTrace =>
    trace !== undefined && (draining || now - trace.touchedAt >= (trace.order === failed ? FAILED_WAIT : CALM_WAIT));

  const isAnyRipe = (now: number): boolean => isRipe(failed.oldest, now) || isRipe(calm.oldest, now);

  /** Those whose time is up, but for the ones that go on. */
  const ripeAt = (now: number, joining: ReadonlySet<number>): KeptTrace[] => {
    const ripe: KeptTrace[] = [];
    for (const { oldest } of [failed, calm]) {
      for (let trace = oldest; isRipe(trace, now) && ripe.length < TRACES_PER_COMMIT; trace = trace.newer) {
        if (!joining.has(trace.key)) ripe.push(trace);
      }
    }
    return ripe;
  };

  return {
    get size() {
      return size;
    },
    get evicted() {
      return evicted;
    },
    drain() {
      draining = true;
    },
    isDue: (now) => overdue.size > 0 || isAnyRipe(now),
    prepare(joining, now) {
      const early = [...overdue].slice(0, TRACES_PER_COMMIT);
      const ripe = isAnyRipe(now) ? ripeAt(now, new Set(joining.map(({ traceKey }) => traceKey))) : [];
      return {
        due: [...early, ...ripe.filter(isToBeJudged)],
        growing: growth(joining, (key) => {
          const known = traces.get(key);
          return known && now - known.since < MAX_AGE ? known : undefined;
        }),
        apply() {
          for (const trace of early) overdue.delete(trace);
          for (const trace of ripe) {
            take(trace);
            if (!isToBeJudged(trace)) drop(trace);
          }
          for (const kept of joining) keep(kept, now);
          touched.forEach(complete);
          touched.clear();
          makeRoom();
          if (now - turnedAt < FAILED_WAIT) return;
          turnedAt = now;
          noted.turn();
        },
      };
    },
  };
}
