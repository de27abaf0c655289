/**
 * The attempts of one trace in, the ladders that they show out: a call that failed, then another target that answered in its place. Two
 * failures in a row show nothing unless their chain is known, calls side by side neither. Pure.
 */
import { isAnswered, isConclusive } from '@warmspare/semconv';
import type { BufferedCall } from './buffered-call.ts';
import type { Link } from './links.ts';
import { ownLadders, tells } from './own-ladders.ts';
import { isSameTarget, jobOf, type Likeness, likeness, parentOf, placeOf } from './same-job.ts';
import { scopesOf } from './scopes.ts';
import { follows, isOneService, type Ladder, type TriedCall } from './tries.ts';

export interface Ladders {
  /** A target answered in the place of those before it. */
  readonly shown: readonly Ladder[];
  /** Every target failed, one or more: that they belong together is known only where one was shown to stand in for the first before. */
  readonly failed: readonly Ladder[];
  /** A failed attempt, and one that answered after it: the prompt alone says that it did another job. */
  readonly possible: readonly (readonly [TriedCall, TriedCall])[];
}

interface OpenLadder {
  readonly rungs: TriedCall[];
  shown: Ladder | undefined;
  possible: TriedCall | undefined;
  /** The job was done. */
  isDone: boolean;
}

type Likens = (a: TriedCall, b: TriedCall) => Likeness;

/** Of calls that no chain claims; each stands in one ladder at most. `attempts`: in the order of their starts. */
export function laddersIn(attempts: readonly TriedCall[], links: ReadonlyMap<string, Link>): Ladders {
  const told = attempts.filter(({ last }) => last.own === 'told');
  const untold = attempts.filter(
    ({ last, outcome }) => last.own !== 'told' && !told.some((one) => tells(one, last, outcome)),
  );
  const own = ownLadders(untold);
  const known = new Set([...told, ...own.flat()]);
  const jobs = new Map(attempts.map((attempt) => [attempt, jobOf(attempt.last, links)]));
  const like: Likens = (a, b) => {
    const [one, other] = [jobs.get(a), jobs.get(b)];
    return one && other && isOneService(a.last.call.service, b.last.call.service) ? likeness(one, other) : 'other';
  };
  // A call that nobody knows the parent of stands beside no other one.
  const placed = attempts.filter(
    (each) => parentOf(each.last, links) !== '' && (known.has(each) || untold.includes(each)),
  );
  const found = scopesOf(placed, links).flatMap((scope) => laddersOf(scope, known, like));
  return {
    shown: [...own, ...found.flatMap(({ shown }) => (shown ? [shown] : []))],
    failed: found.filter(isFailed).map(({ rungs }) => rungs),
    possible: found.flatMap(({ rungs: [primary], shown, possible }) =>
      primary && possible && !shown ? [[primary, possible] as const] : [],
    ),
  };
}

/** `known`: attempts of ladders that are known, which tell only that a job was done. */
function laddersOf(scope: readonly TriedCall[], known: ReadonlySet<TriedCall>, like: Likens): readonly OpenLadder[] {
  const all: OpenLadder[] = [];
  const successes: TriedCall[] = [];
  for (const attempt of inRunOrder(scope)) {
    if (!isConclusive(attempt.outcome)) continue;
    // A success since then: whatever failed before it was dealt with.
    for (const ladder of all) ladder.isDone ||= successes.some((success) => isBetween(success, ladder, attempt, like));
    if (!known.has(attempt)) take(all, attempt, like);
    if (attempt.outcome === 'success') successes.push(attempt);
  }
  for (const ladder of all) ladder.isDone ||= successes.some((success) => isSince(success, ladder, like));
  return all;
}

function take(all: OpenLadder[], attempt: TriedCall, like: Likens): void {
  const isSuccess = attempt.outcome === 'success';
  const next = all.filter((ladder) => !ladder.isDone && isNext(ladder.rungs, attempt));
  const ladder = next.find(({ rungs }) => rungs.every((rung) => like(rung, attempt) === 'same'));
  if (ladder) {
    // The same target again, elsewhere in the code: where it works now, nothing stood in for it.
    const isAgain = isRungOf(ladder, attempt);
    if (!isAgain) ladder.rungs.push(attempt);
    if (!isAgain && isAnswered(attempt.outcome)) ladder.shown = [...ladder.rungs];
    ladder.isDone = isSuccess;
    if (isAgain && isSuccess) ladder.possible = undefined;
    return;
  }
  for (const other of next) {
    if (!isSuccess || other.rungs.some((rung) => like(rung, attempt) === 'other')) continue;
    if (isRungOf(other, attempt)) other.isDone = true;
    else other.possible ??= attempt;
  }
  if (isSuccess || placeOf(attempt.first) === undefined) return;
  all.push({ rungs: [attempt], shown: undefined, possible: undefined, isDone: false });
}

function isNext(rungs: readonly TriedCall[], attempt: TriedCall): boolean {
  const last = rungs.at(-1)?.last;
  if (last === undefined || placeOf(attempt.first) === undefined) return false;
  return isOneRun(last, attempt.last) || follows(last, attempt.first.call.startTime);
}

/** In the order of their starts; of calls that say they are of one run, the one that ended first comes first. */
function inRunOrder(attempts: readonly TriedCall[]): readonly TriedCall[] {
  if (attempts.every(({ last }) => last.run === undefined)) return attempts;
  const order = ({ first, last }: TriedCall): number =>
    last.run === undefined ? first.call.startTime : last.call.endTime;
  return [...attempts].sort((a, b) => order(a) - order(b));
}

function isOneRun(before: BufferedCall, next: BufferedCall): boolean {
  return before.run !== undefined && before.run === next.run && before.call.endTime <= next.call.endTime;
}

function isRungOf({ rungs }: OpenLadder, attempt: TriedCall): boolean {
  return rungs.some(({ last }) => isSameTarget(last, attempt.last));
}

function isBetween(success: TriedCall, { rungs }: OpenLadder, next: TriedCall, like: Likens): boolean {
  const last = rungs.at(-1);
  return (
    last !== undefined &&
    success.last.call.endTime >= last.last.call.endTime &&
    success.last.call.endTime <= next.first.call.startTime &&
    like(last, success) === 'same'
  );
}

/** The same job was done after it had failed, whatever did it. */
function isSince(success: TriedCall, { rungs: [primary] }: OpenLadder, like: Likens): boolean {
  if (primary === undefined || success.last.call.endTime < primary.last.call.endTime) return false;
  return like(primary, success) === 'same';
}

function isFailed({ rungs, isDone }: OpenLadder): boolean {
  return !isDone && rungs.every(({ outcome }) => !isAnswered(outcome));
}
