/** One trace of the window: its calls, what stands above them, and what is to be expected of it yet. */
import type { BufferedCall, Holder } from './buffered-call.ts';
import type { Link, Links } from './links.ts';
import type { Linked, TouchOrder } from './touch-order.ts';

export interface Trace {
  readonly calls: readonly BufferedCall[];
  /** Spans around calls that tell something of them. */
  readonly holders: readonly Holder[];
  /** Spans above the calls, as far as they are known, by their ids. */
  readonly links: ReadonlyMap<string, Link>;
}

/** As the window keeps it. */
export interface KeptTrace extends Trace, Linked<KeptTrace> {
  key: number;
  calls: BufferedCall[];
  holders: readonly Holder[];
  links: Map<string, Link>;
  since: number;
  touchedAt: number;
  /** Ended last. */
  last: BufferedCall | undefined;
  /** Where it waits; undefined outside the window. */
  order: TouchOrder<KeptTrace> | undefined;
}

/** Spans above one call that are looked for. */
const MAX_DEPTH = 32;

const NO_CALLS: BufferedCall[] = [];
/** Most traces have none, and a map of its own costs more than a call. */
const NO_HOLDERS: readonly Holder[] = [];
const NO_LINKS: Map<string, Link> = new Map();

export function newTrace(key: number, now: number, calls: BufferedCall[] = NO_CALLS): KeptTrace {
  return {
    key,
    calls,
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

export function emptyTrace(trace: KeptTrace): void {
  // One call leaves room for the next one; an array that held more has room for many, which few need.
  if (trace.calls.length === 1) trace.calls.pop();
  else trace.calls = NO_CALLS;
  trace.holders = NO_HOLDERS;
  trace.links = NO_LINKS;
  trace.last = undefined;
}

export function addCall(trace: KeptTrace, call: BufferedCall): void {
  // An array that grows makes room for many at once, and most traces have one call.
  if (trace.calls === NO_CALLS) trace.calls = [call];
  else trace.calls.push(call);
  if (!trace.last || isLater(call, trace.last)) trace.last = call;
}

/** Of two that ended at one time the success, whichever came first. */
function isLater({ call, outcome }: BufferedCall, last: BufferedCall): boolean {
  return call.endTime > last.call.endTime || (call.endTime === last.call.endTime && outcome === 'success');
}

/** Whether there was room for where it stands. */
export function addHolder(trace: KeptTrace, holder: Holder, maxLinks: number): boolean {
  if (isTelling(holder) && !trace.holders.some(({ spanId }) => spanId === holder.spanId)) {
    trace.holders = [...trace.holders, holder];
  }
  return addLink(trace, holder, maxLinks);
}

/** Adds the spans above the trace's calls that were noted before somebody waited for them; those that did not come yet are waited for. */
export function lookUp(trace: KeptTrace, noted: Links, maxLinks: number): void {
  for (const { traceId, parentId, spanId } of trace.calls) {
    // Of a call whose parent is not known its own span may come, too.
    let id = parentId === '' ? spanId : parentId;
    for (let depth = 0; id !== '' && depth < MAX_DEPTH; depth++) {
      const known = trace.links.get(id) ?? noted.find(traceId, id);
      if (!known) {
        noted.wait(traceId, id);
        break;
      }
      if (!addLink(trace, known, maxLinks)) break;
      id = known.parentId;
    }
  }
}

function addLink(trace: KeptTrace, link: Link, maxLinks: number): boolean {
  if (trace.links.size >= maxLinks && !trace.links.has(link.spanId)) return false;
  if (trace.links === NO_LINKS) trace.links = new Map();
  trace.links.set(link.spanId, link);
  return true;
}

/** Something may still follow: the trace did not end well, and no span says that its last call was not tried again. */
export function isOpen({ last, links }: KeptTrace): boolean {
  if (last === undefined || last.outcome === 'success') return false;
  return last.state !== 'waiting' || links.get(last.parentId)?.around.role !== 'holder';
}

/** It tells more than where it stands. */
export function isTelling({ violated, failed, declared }: Holder): boolean {
  return violated || failed !== undefined || declared !== undefined;
}

/** The ledger waits for what is found of it. */
export function isOwed({ state }: BufferedCall): boolean {
  return state === 'waiting';
}

/** A later span of the trace may still change what it is counted as. */
export function isUndecided({ state }: BufferedCall): boolean {
  return state !== 'counted' && state !== 'elsewhere';
}

/** Something failed: what its calls have to do with each other matters. */
export function isInQuestion({ calls, holders }: Trace): boolean {
  return holders.length > 0 || calls.some(({ outcome }) => outcome !== 'success');
}

/** Else it is dropped. */
export function isToBeJudged(trace: Trace): boolean {
  return isInQuestion(trace) || trace.calls.some(isOwed);
}

export function sizeOf({ calls, holders, links }: Trace): number {
  return calls.length + holders.length + links.size;
}
