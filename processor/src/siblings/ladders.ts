/**
 * The attempts of one trace in, the ladders that they show out: a call that failed, then another model that answered in its place.
 * Two failures in a row show nothing, calls side by side neither. Pure.
 */
import { isAnswered, isConclusive, sameModel } from '@warmspare/semconv';
import type { Holder, KeptCall } from './kept-call.ts';
import { follows, modelOf, type TriedCall } from './tries.ts';

/** The primary first. Each rung has another model. */
export type Ladder = readonly TriedCall[];

/** Holders within holders that are looked through. */
const MAX_DEPTH = 8;
/** Between a span's times, which are those of the clock, and its durations, which are not (ms). */
const CLOCK_ERROR = 50;

/** Of calls that no chain claims; each stands in one ladder at most. */
export function laddersIn(attempts: readonly TriedCall[], holders: ReadonlyMap<string, Holder>): readonly Ladder[] {
  const scopes = Map.groupBy(attempts, ({ last }) => {
    const { namespace, name, environment } = last.call.service;
    const kind = last.embedding ? 'embedding' : 'text';
    return [kind, scopeOf(last, holders), namespace, name, environment].join('\0');
  });
  return [...scopes.values()].flatMap(laddersOf);
}

function laddersOf(attempts: readonly TriedCall[]): readonly Ladder[] {
  let open: TriedCall[][] = [];
  const shown = new Map<TriedCall | undefined, Ladder>();
  const successes: TriedCall[] = [];
  for (const attempt of inRunOrder(attempts)) {
    if (!isConclusive(attempt.outcome)) continue;
    // A success since then: whatever failed before it was dealt with. Our own instrumentation knows better which one it was.
    if (attempt.last.own === undefined) {
      open = open.filter((ladder) => !successes.some((success) => isBetween(success, ladder, attempt)));
    }
    const ladder = open.find((rungs) => isNext(rungs, attempt));
    if (!ladder) {
      if (attempt.outcome !== 'success' && modelOf(attempt.first) !== undefined) open.push([attempt]);
    } else if (isRungOf(ladder, attempt)) {
      // The same model again, elsewhere in the code: where it works now, nothing stood in for it.
      if (attempt.outcome === 'success') open = open.filter((other) => other !== ladder);
    } else {
      ladder.push(attempt);
      if (isAnswered(attempt.outcome)) shown.set(ladder[0], [...ladder]);
      if (attempt.outcome === 'success') open = open.filter((other) => other !== ladder);
    }
    if (attempt.outcome === 'success') successes.push(attempt);
  }
  return [...shown.values()];
}

/** The spans above a call that hold one operation's calls only, from the inside out. */
export function holdersOf({ parentId }: KeptCall, holders: ReadonlyMap<string, Holder>): readonly Holder[] {
  const found: Holder[] = [];
  for (let holder = holders.get(parentId); holder; holder = holders.get(holder.parentId)) {
    if ((found.length === 0 && holder.outer) || found.length === MAX_DEPTH) break;
    found.push(holder);
  }
  return found;
}

/** The span whose child the call is in effect: holders are looked through. */
function scopeOf(call: KeptCall, holders: ReadonlyMap<string, Holder>): string {
  if (call.own !== undefined) return '';
  const outermost = holdersOf(call, holders).at(-1);
  if (!outermost) return call.parentId;
  return outermost.parentId === '' ? outermost.spanId : outermost.parentId;
}

function isNext(rungs: readonly TriedCall[], attempt: TriedCall): boolean {
  const last = rungs.at(-1)?.last;
  if (last === undefined || modelOf(attempt.first) === undefined) return false;
  if (attempt.last.own !== undefined && !isOwnFallbackOf(rungs, attempt.last)) return false;
  return isOneRun(last, attempt.last) || follows(last, attempt.first.call.startTime);
}

/** Our own instrumentation says that a call is a fallback, and when the primary began. */
function isOwnFallbackOf([primary]: readonly TriedCall[], { own, call }: KeptCall): boolean {
  if (own !== 'fallback' || primary === undefined) return false;
  const { failoverDuration } = call;
  const began = failoverDuration === undefined ? undefined : call.startTime - failoverDuration * 1000;
  return began === undefined || Math.abs(began - primary.first.call.startTime) < CLOCK_ERROR;
}

/** In the order of their starts; of calls that say they are of one run, the one that ended first comes first. */
function inRunOrder(attempts: readonly TriedCall[]): readonly TriedCall[] {
  if (attempts.every(({ last }) => last.run === undefined)) return attempts;
  const order = ({ first, last }: TriedCall): number =>
    last.run === undefined ? first.call.startTime : last.call.endTime;
  return [...attempts].sort((a, b) => order(a) - order(b));
}

function isOneRun(before: KeptCall, next: KeptCall): boolean {
  return before.run !== undefined && before.run === next.run && before.call.endTime <= next.call.endTime;
}

function isRungOf(rungs: readonly TriedCall[], attempt: TriedCall): boolean {
  // The same model at another server.
  if (attempt.last.own === 'fallback') return false;
  const model = modelOf(attempt.first) ?? '';
  return rungs.some(({ first }) => sameModel(modelOf(first) ?? '', model));
}

function isBetween(success: TriedCall, ladder: readonly TriedCall[], next: TriedCall): boolean {
  const last = ladder.at(-1);
  return (
    last !== undefined &&
    success.last.call.endTime >= last.last.call.endTime &&
    success.last.call.endTime <= next.first.call.startTime
  );
}
