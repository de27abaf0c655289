/**
 * Keeps the calls of traces until nothing more is to be expected of them, then hands each trace on, whole and once. It is bounded in
 * calls, calls a trace and time, and lost at a restart.
 */
import type { Holder, Kept, KeptCall } from './kept-call.ts';
import { createLinks, type Link, type Links } from './links.ts';
import { createTouchOrder, type Linked, type TouchOrder } from './touch-order.ts';

export interface Trace {
  readonly calls: readonly KeptCall[];
  /** Spans around calls that tell something of them. */
  readonly holders: readonly Holder[];
  /** Spans above the calls, as far as they are known, by their ids. */
  readonly links: ReadonlyMap<string, Link>;
}

export interface TraceWindow {
  /** What joins, and the traces that are due at `now` (epoch ms); nothing changes before `apply`. */
  prepare(joining: readonly Kept[], now: number): { readonly due: readonly Trace[]; apply(): void };
  /** Whether a trace waits to be handed on. */
  isDue(now: number): boolean;
  /** From now on every trace is due at once. */
  drain(): void;
  /** Spans that are kept. */
  readonly size: number;
  /** Calls, and spans around them, whose trace had to be judged before its time, or without them, for want of room. */
  readonly evicted: number;
}

export interface TraceLimits {
  readonly spans: number;
  readonly spansPerTrace: number;
}

const LIMITS: TraceLimits = { spans: 20_000, spansPerTrace: 64 };

/** Spans above a trace's calls, for each that it may hold. */
const LINKS_PER_SPAN = 4;
/** Spans above one call that are looked for. */
const MAX_DEPTH = 32;

/** After the last span of a trace that ended well: what was sent before may still be under way (ms). */
export const CALM_WAIT = 10_000;
/** After a failure that nothing followed yet (ms): a model may take that long to answer. */
export const FAILED_WAIT = 60_000;
/** A trace that never rests is judged piece by piece (ms). */
const MAX_AGE = 10 * 60_000;
/** A commit judges so many traces: the next one goes on. */
const TRACES_PER_COMMIT = 5_000;

const NO_CALLS: KeptCall[] = [];
/** Most traces have none, and a map of its own costs more than a call. */
const NO_HOLDERS: readonly Holder[] = [];
const NO_LINKS: Map<string, Link> = new Map();

interface KeptTrace extends Trace, Linked<KeptTrace> {
  key: number;
  calls: KeptCall[];
  holders: readonly Holder[];
  links: Map<string, Link>;
  since: number;
  touchedAt: number;
  /** Ended last. */
  last: KeptCall | undefined;
  /** Where it waits; undefined outside the window. */
  order: TouchOrder<KeptTrace> | undefined;
}

/** `dropped` is told of the calls of each trace that leaves without having been handed on. */
export function createTraceWindow(
  limits: TraceLimits = LIMITS,
  dropped: (calls: readonly KeptCall[]) => void = () => {},
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
  let size = 0;
  let evicted = 0;
  let draining = false;
  let turnedAt = 0;

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
    empty(trace);
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

  const link = (trace: KeptTrace, each: Link): boolean => {
    if (trace.links.size >= limits.spansPerTrace * LINKS_PER_SPAN && !trace.links.has(each.spanId)) return false;
    if (trace.links === NO_LINKS) trace.links = new Map();
    trace.links.set(each.spanId, each);
    return true;
  };

  const keepHolder = (trace: KeptTrace, holder: Holder): void => {
    if (!link(trace, holder)) evicted++;
    if (!isTelling(holder) || trace.holders.some(({ spanId }) => spanId === holder.spanId)) return;
    trace.holders = [...trace.holders, holder];
  };

  /** The spans above a trace's calls that came before somebody waited for them; those that did not come yet are waited for. */
  const lookUp = (trace: KeptTrace): void => {
    if (!trace.order) return;
    size -= sizeOf(trace);
    for (const { traceId, parentId } of trace.calls) {
      let id = parentId;
      for (let depth = 0; id !== '' && depth < MAX_DEPTH; depth++) {
        const known = trace.links.get(id) ?? noted.find(traceId, id);
        if (!known) {
          noted.wait(traceId, id);
          break;
        }
        if (!trace.links.has(id) && !link(trace, known)) break;
        id = known.parentId;
      }
    }
    size += sizeOf(trace);
  };

  const keep = (kept: Kept, now: number): void => {
    // The span of a trace that nobody waits for any more.
    if (kept.kind === 'holder' && !isTelling(kept) && !traces.has(kept.traceKey)) return;
    const trace = traceOf(kept.traceKey, now);
    if (trace.calls.length + trace.holders.length >= limits.spansPerTrace) {
      evicted++;
      if (kept.kind === 'call' && isOwed(kept)) overdue.add({ ...newTrace(trace.key, now), calls: [kept] });
      return;
    }
    take(trace);
    if (kept.kind === 'holder') keepHolder(trace, kept);
    else {
      // An array that grows makes room for many at once, and most traces have one call.
      if (trace.calls === NO_CALLS) trace.calls = [kept];
      else trace.calls.push(kept);
      if (!trace.last || isLater(kept, trace.last)) trace.last = kept;
    }
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
      const early = [...overdue];
      const ripe = isAnyRipe(now) ? ripeAt(now, new Set(joining.map(({ traceKey }) => traceKey))) : [];
      return {
        due: [...early, ...ripe.filter(isToBeJudged)],
        apply() {
          for (const trace of early) overdue.delete(trace);
          for (const trace of ripe) {
            take(trace);
            if (!isToBeJudged(trace)) drop(trace);
          }
          for (const kept of joining) keep(kept, now);
          for (const trace of touched) lookUp(trace);
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

function newTrace(key: number, now: number): KeptTrace {
  return {
    key,
    calls: NO_CALLS,
    holders: NO_HOLDERS,
    links: NO_LINKS,
    since: now,
    touchedAt: now,
    last: undefined,
    order: undefined,
    older: undefined,
    newer: undefined,
  };
}

function empty(trace: KeptTrace): void {
  // One call leaves room for the next one; an array that held more has room for many, which few need.
  if (trace.calls.length === 1) trace.calls.pop();
  else trace.calls = NO_CALLS;
  trace.holders = NO_HOLDERS;
  trace.links = NO_LINKS;
  trace.last = undefined;
}

/** Something may still follow: the trace did not end well, and no span says that its last call was not tried again. */
function isOpen({ last, links }: KeptTrace): boolean {
  return (
    last !== undefined &&
    last.outcome !== 'success' &&
    !(last.held && links.get(last.parentId)?.around.role === 'holder')
  );
}

/** Of two that ended at one time the success, whichever came first. */
function isLater({ call, outcome }: KeptCall, last: KeptCall): boolean {
  return call.endTime > last.call.endTime || (call.endTime === last.call.endTime && outcome === 'success');
}

/** It tells more than where it stands. */
function isTelling({ violated, failed }: Holder): boolean {
  return violated || failed !== undefined;
}

/** The ledger waits for what is found of it. */
function isOwed({ held, waits }: KeptCall): boolean {
  return held || waits;
}

/** Something failed: what its calls have to do with each other matters. */
function isInQuestion({ calls, holders }: Trace): boolean {
  return holders.length > 0 || calls.some(({ outcome }) => outcome !== 'success');
}

/** Else it is dropped. */
function isToBeJudged(trace: Trace): boolean {
  return isInQuestion(trace) || trace.calls.some(isOwed);
}

function sizeOf({ calls, holders, links }: Trace): number {
  return calls.length + holders.length + links.size;
}
