/**
 * Keeps the calls of traces until nothing more is to be expected of them, then hands each trace on, whole and once. It is bounded in
 * calls, calls a trace and time, and lost at a restart.
 */
import type { Holder, Kept, KeptCall } from './kept-call.ts';

export interface Trace {
  readonly calls: readonly KeptCall[];
  /** By span id. */
  readonly holders: ReadonlyMap<string, Holder>;
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
  /** Calls whose trace had to be judged before its time, or without them, for want of room. */
  readonly evicted: number;
}

export interface TraceLimits {
  readonly spans: number;
  readonly spansPerTrace: number;
}

const LIMITS: TraceLimits = { spans: 20_000, spansPerTrace: 64 };

/** After the last span of a trace that ended well: what was sent before may still be under way (ms). */
export const CALM_WAIT = 10_000;
/** After a failure that nothing followed yet (ms): a model may take that long to answer. */
export const FAILED_WAIT = 60_000;
/** A trace that never rests is judged piece by piece (ms). */
const MAX_AGE = 10 * 60_000;
/** A commit judges so many traces: the next one goes on. */
const TRACES_PER_COMMIT = 5_000;

interface KeptTrace extends Trace {
  readonly id: string;
  readonly calls: KeptCall[];
  readonly holders: Map<string, Holder>;
  readonly since: number;
  touchedAt: number;
  /** Ended last. */
  last: KeptCall | undefined;
}

export function createTraceWindow(limits: TraceLimits = LIMITS): TraceWindow {
  // In the order in which they were touched.
  const calm = new Map<string, KeptTrace>();
  const failed = new Map<string, KeptTrace>();
  const overdue = new Set<KeptTrace>();
  let size = 0;
  let evicted = 0;
  let draining = false;

  /** Something may still follow: the trace did not end well, and no span says that its last call was not tried again. */
  const isOpen = ({ last, holders }: KeptTrace): boolean =>
    last !== undefined && last.outcome !== 'success' && !(last.held && holders.has(last.parentId));

  const take = (trace: KeptTrace): void => {
    calm.delete(trace.id);
    failed.delete(trace.id);
    size -= sizeOf(trace);
  };

  const open = (id: string, now: number): KeptTrace => {
    const known = failed.get(id) ?? calm.get(id);
    if (known && now - known.since < MAX_AGE) return known;
    if (known) setAside(known);
    return { id, calls: [], holders: new Map(), since: now, touchedAt: now, last: undefined };
  };

  /** Judged by the next commit. */
  const setAside = (trace: KeptTrace): void => {
    take(trace);
    if (hasFailure(trace)) overdue.add(trace);
  };

  const keep = (kept: Kept, now: number): void => {
    const trace = open(kept.traceId, now);
    if (sizeOf(trace) >= limits.spansPerTrace) {
      if (kept.kind === 'holder') return;
      evicted++;
      if (kept.held) overdue.add({ ...trace, calls: [kept], holders: new Map(), last: kept });
      return;
    }
    take(trace);
    if (kept.kind === 'holder') trace.holders.set(kept.spanId, kept);
    else {
      trace.calls.push(kept);
      if (!trace.last || trace.last.call.endTime <= kept.call.endTime) trace.last = kept;
    }
    trace.touchedAt = now;
    (isOpen(trace) ? failed : calm).set(trace.id, trace);
    size += sizeOf(trace);
  };

  const makeRoom = (): void => {
    while (size > limits.spans) {
      const [oldest] = calm.size > 0 ? calm.values() : failed.values();
      if (!oldest) return;
      evicted += oldest.calls.length;
      setAside(oldest);
    }
  };

  const firstDue = (traces: ReadonlyMap<string, KeptTrace>, wait: number, now: number): boolean => {
    const [oldest] = traces.values();
    return oldest !== undefined && (draining || now - oldest.touchedAt >= wait);
  };

  const dueAt = (now: number, joining: ReadonlySet<string>): KeptTrace[] => {
    const due = [...overdue];
    for (const [traces, wait] of [[failed, FAILED_WAIT] as const, [calm, CALM_WAIT] as const]) {
      for (const trace of traces.values()) {
        if (due.length >= TRACES_PER_COMMIT || (!draining && now - trace.touchedAt < wait)) break;
        if (!joining.has(trace.id)) due.push(trace);
      }
    }
    return due;
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
    isDue: (now) => overdue.size > 0 || firstDue(failed, FAILED_WAIT, now) || firstDue(calm, CALM_WAIT, now),
    prepare(joining, now) {
      const due = dueAt(now, new Set(joining.map(({ traceId }) => traceId)));
      return {
        due,
        apply() {
          for (const trace of due) if (!overdue.delete(trace)) take(trace);
          for (const kept of joining) keep(kept, now);
          makeRoom();
        },
      };
    },
  };
}

/** Else there is nothing to be judged. */
function hasFailure({ calls, holders }: Trace): boolean {
  return calls.some(({ outcome }) => outcome !== 'success') || [...holders.values()].some(({ violated }) => violated);
}

function sizeOf({ calls, holders }: Trace): number {
  return calls.length + holders.size;
}
