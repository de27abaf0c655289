/** What our own instrumentation found out of the calls of one trace, wherever they stand: it knows where calls belong together. Pure. */
import { isAnswered, isConclusive } from '@warmspare/semconv';
import type { BufferedCall } from './buffered-call.ts';
import { placeOf } from './same-job.ts';
import { follows, isOneService, type Ladder, type TriedCall } from './tries.ts';

/** Between a span's times, which are those of the clock, and its durations, which are not (ms). */
const CLOCK_ERROR = 50;

/** Ladders of calls that say they stood in for one that failed, but not of which chain. `attempts`: in the order of their starts. */
export function ownLadders(attempts: readonly TriedCall[]): readonly Ladder[] {
  let open: TriedCall[][] = [];
  const shown = new Map<TriedCall | undefined, Ladder>();
  for (const attempt of attempts) {
    if (attempt.last.own === undefined || !isConclusive(attempt.outcome) || placeOf(attempt.first) === undefined)
      continue;
    const ladder = open.find((rungs) => isNext(rungs, attempt));
    if (!ladder) {
      if (attempt.outcome !== 'success') open.push([attempt]);
      continue;
    }
    ladder.push(attempt);
    if (isAnswered(attempt.outcome)) shown.set(ladder[0], [...ladder]);
    if (attempt.outcome === 'success') open = open.filter((other) => other !== ladder);
  }
  return [...shown.values()];
}

/** Whether `told`, which is evidence of a chain, tells of this failed call, too: it is the same failure, or stood in for it. */
export function tells({ last }: TriedCall, failed: BufferedCall, outcome: TriedCall['outcome']): boolean {
  if (outcome === 'success' || failed.own === undefined || !isOneService(last.call.service, failed.call.service))
    return false;
  return isOneFailure(last, failed) || isFallbackOf(last.call, failed.call);
}

/** Whether `told`, which is evidence of a chain, is the failure of this call of our own instrumentation, which began and ended when it did. */
export function isOneFailure(told: BufferedCall, { own, outcome, call }: BufferedCall): boolean {
  if (told.own !== 'told' || own === undefined || own === 'told' || outcome === 'success') return false;
  const { service, requestModel, startTime, endTime } = told.call;
  if (requestModel !== call.requestModel || !isOneService(service, call.service)) return false;
  return isAt(startTime, call.startTime) && isAt(endTime, call.endTime);
}

function isNext(rungs: readonly TriedCall[], { first, last }: TriedCall): boolean {
  const [primary] = rungs;
  const before = rungs.at(-1);
  if (last.own !== 'fallback' || primary === undefined || before === undefined) return false;
  if (!isOneService(before.last.call.service, last.call.service) || !follows(before.last, first.call.startTime))
    return false;
  return last.call.failoverDuration === undefined || isFallbackOf(last.call, primary.first.call);
}

/** Our own instrumentation says when the primary began. */
function isFallbackOf({ startTime, failoverDuration }: BufferedCall['call'], primary: BufferedCall['call']): boolean {
  return failoverDuration !== undefined && isAt(startTime - failoverDuration * 1000, primary.startTime);
}

function isAt(a: number, b: number): boolean {
  return Math.abs(a - b) < CLOCK_ERROR;
}
