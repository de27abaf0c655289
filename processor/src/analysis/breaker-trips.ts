/**
 * Trips of a chain's breakers, read from what was seen of them and of the primary's failures: how long a breaker took to open, and
 * whether what opened it says anything of the primary's health.
 */
import { isWrongSignal } from '@warmspare/semconv';
import type { BreakerTrip, FailoverEvidence, Finding, Verdict } from '../types/facts.ts';
import type { Sighting } from '../types/snapshot.ts';
import { historyIn } from './breaker.ts';
import { compareSightings } from './mark.ts';

/** How much later than the opening a failure may end that opened it, in ms: spans are closed a little after their calls. */
const SLACK = 100;

export interface Trip extends BreakerTrip {
  readonly breaker: string;
}

/**
 * The trips that a batch shows: breakers seen open for the first time, or for the first time since they were seen closed, after a
 * failure of the primary that is younger than its last success and than the opening before. A breaker that opens again after a
 * trial (half open) has not tripped anew. `opened`: where the batch first saw each open. A batch that arrives after younger ones
 * shows none: what came first is then not known.
 */
export function tripsOf(
  before: FailoverEvidence,
  batch: FailoverEvidence,
  opened: ReadonlyMap<string, Sighting>,
): readonly Trip[] {
  return [...opened].flatMap(([breaker, { at }]): Trip[] => {
    const known = historyIn(before.breakers, breaker);
    const closedAt = Math.max(known.closed?.at ?? 0, historyIn(batch.breakers, breaker).closed?.at ?? 0);
    const openAt = known.open?.at ?? 0;
    const isClosedSince = openAt === 0 || closedAt > openAt;
    if (at <= openAt || closedAt > at || !isClosedSince) return [];
    const successAt = Math.max(...[before.lastSuccessAt, batch.lastSuccessAt].filter((success) => success <= at), 0);
    const run = [...before.failures, ...batch.failures]
      .filter((each) => each.because !== 'cancelled' && each.at <= at + SLACK && each.at > Math.max(successAt, openAt))
      .sort(compareSightings);
    const first = run[0];
    const signal = run.at(-1);
    if (!first || !signal) return [];
    return [{ breaker, at, seconds: Math.max(0, at - first.at) / 1000, signal }];
  });
}

/** How long before the last failure others may have counted towards the same trip, in ms: what opossum looks back over by default. */
const RUN = 10_000;

/** Keeps the newest of each breaker that is known. */
export function withTrips(evidence: FailoverEvidence, trips: readonly Trip[]): FailoverEvidence {
  if (trips.length === 0) return evidence;
  const newest = { ...evidence.trips };
  for (const { breaker, ...trip } of trips) {
    if (trip.at >= (newest[breaker]?.at ?? 0)) newest[breaker] = trip;
  }
  const known = Object.entries(newest).filter(([breaker]) => Object.hasOwn(evidence.breakers, breaker));
  return { ...evidence, trips: Object.fromEntries(known) };
}

/**
 * The verdict on a chain's failover with its breakers in it: a breaker seen open later than everything else, where none of the
 * primary's last failures before it was one that a breaker should count, is broken by the last of them. Read from what is merged, so
 * that the order in which it arrived does not matter.
 */
export function failoverVerdict({ verdict, breakers, lastFailures }: FailoverEvidence): Verdict {
  const judgedAt = Math.max(verdict.proved?.at ?? 0, verdict.broken?.at ?? 0);
  let wrong: Finding | undefined;
  let wrongAt = judgedAt;
  for (const { open } of Object.values(breakers)) {
    if (!open || open.at <= wrongAt) continue;
    const before = lastFailures.filter(({ at }) => at <= open.at + SLACK);
    const last = before.at(-1);
    if (!last || !before.every(({ at, because }) => at < last.at - RUN || isWrongSignal(because))) continue;
    wrong = last;
    wrongAt = open.at;
  }
  return wrong ? { proved: undefined, broken: wrong } : verdict;
}
