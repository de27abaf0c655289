/**
 * The calls of one trace whose answer did not fit its schema, though their own spans end well: the span that a library parses in says it,
 * around the call or beside it. Pure.
 */
import { isConclusive } from '@warmspare/semconv';
import type { BufferedCall, Holder } from './buffered-call.ts';
import { inOrder } from './buffered-call.ts';
import { above } from './same-job.ts';
import type { Trace } from './trace.ts';

/** A parser that begins later than this after a call parses something else (ms). */
const MAX_GAP = 60_000;
/** Starts are cut to the millisecond by some SDKs, ends are not (ms). */
const ROUNDING = 1;

/**
 * Of the calls below a span that says so, the last; of a span without calls below it, the last before it beside it. An exception passes
 * through all spans above, and says of each the same call.
 */
export function violations({ calls, holders, links }: Trace): ReadonlySet<BufferedCall> {
  const violating = holders.filter(({ violated }) => violated);
  const found = new Set<BufferedCall>();
  if (violating.length === 0) return found;
  const ended = calls.filter(({ outcome }) => isConclusive(outcome)).sort(inOrder);
  const around = new Map(ended.map((call) => [call, idsAbove(call, links)]));
  const lastBelow = (spanId: string, accepts: (call: BufferedCall) => boolean = () => true): BufferedCall | undefined =>
    ended.findLast((call) => around.get(call)?.has(spanId) && accepts(call));
  for (const holder of violating) {
    const call = lastBelow(holder.spanId) ?? lastBelow(holder.parentId, (each) => isParsedIn(each, holder));
    if (call?.outcome === 'success') found.add(call);
  }
  return found;
}

function isParsedIn({ call }: BufferedCall, { startTime }: Holder): boolean {
  const gap = startTime - call.endTime;
  return gap >= -ROUNDING && gap <= MAX_GAP;
}

function idsAbove({ parentId }: BufferedCall, links: Trace['links']): ReadonlySet<string> {
  return new Set([parentId, ...above(parentId, links).map((link) => link.parentId)]);
}
