/**
 * Trips of a chain's breakers, read from what was seen of them and of the primary's failures: how long a breaker took to open, and
 * whether what opened it says anything of the primary's health.
 */
import { isWrongSignal } from '@warmspare/semconv';
import type { BreakerTrip, FailoverEvidence, Finding, UnexplainedOpening, Verdict } from '../types/facts.ts';
import { type BreakerTimes, historyIn } from './breaker.ts';
import { compareSightings } from './mutable-sighting.ts';

/** How much later than the opening a failure may end that opened it, in ms: spans are closed a little after their calls. */
const SLACK = 100;

export interface Trip extends BreakerTrip {
  readonly breaker: string;
}

/** What one batch saw that tells trips; times in epoch ms, in no order. */
export interface TripSigns {
  /** By name. */
  readonly breakers: ReadonlyMap<string, BreakerTimes>;
  /** Of the primary. */
  readonly succeededAt: readonly number[];
  readonly failedAt: readonly number[];
  /** Of a long run of failures both ends. */
  readonly failures: readonly Finding[];
}

/**
 * Puts the trips that a batch completes into `merged`, which is what was known `before` with the batch merged into it, and returns
 * them: each once. A breaker tripped where it is seen open for the first time, or for the first time since it was seen closed, after a
 * failure of the primary that is younger than its last success and than the opening before. A breaker that opens again after a trial
 * (half open) has not tripped anew. What is older than what was known of the breaker tells nothing: what came first is then not known.
 */
export function foldTrips(
  before: FailoverEvidence,
  merged: FailoverEvidence,
  signs: TripSigns,
): { readonly failover: FailoverEvidence; readonly trips: readonly Trip[] } {
  if (!mayTell(before, signs)) return { failover: merged, trips: [] };
  const trips: Trip[] = [];
  const unexplained = new Map(Object.entries(before.unexplained ?? {}));
  for (const breaker of new Set([...unexplained.keys(), ...signs.breakers.keys()])) {
    const known = unexplained.get(breaker);
    for (const opening of [...(known ? [known] : []), ...openingsOf(breaker, before, signs)]) {
      const since = Math.max(opening.since, latest(signs.succeededAt, opening.at));
      const trip = tripAt(opening.at, since, before, signs);
      if (trip) trips.push({ breaker, ...trip });
      if (trip) unexplained.delete(breaker);
      else unexplained.set(breaker, { at: opening.at, since });
    }
  }
  const failover = withKnown(merged, newestTrips(merged, trips, signs), unexplained);
  return { failover, trips };
}

/** Most batches show no open breaker. */
function mayTell({ trips, unexplained }: FailoverEvidence, { breakers, failures, succeededAt }: TripSigns): boolean {
  if (failures.length > 0 && (trips || unexplained)) return true;
  if (succeededAt.length > 0 && unexplained) return true;
  return [...breakers.values()].some(({ open }) => open.length > 0);
}

/** Oldest first. */
function openingsOf(breaker: string, before: FailoverEvidence, signs: TripSigns): UnexplainedOpening[] {
  const known = historyIn(before.breakers, breaker);
  const lastClosed = known.closed?.at ?? 0;
  const { open = [], closed = [] } = signs.breakers.get(breaker) ?? {};
  if (open.length === 0) return [];
  // Seen closed and open in one millisecond, it opened then.
  const sightings = [
    ...[...closed, lastClosed].map((at) => ({ at, isOpen: false })),
    ...open.map((at) => ({ at, isOpen: true })),
  ].sort((a, b) => a.at - b.at || Number(a.isOpen) - Number(b.isOpen));
  const openings: UnexplainedOpening[] = [];
  let lastOpen = known.open?.at ?? 0;
  let wasClosed = lastOpen === 0;
  for (const { at, isOpen } of sightings) {
    if (at <= lastOpen) continue;
    if (isOpen) {
      if (wasClosed && at >= lastClosed) {
        openings.push({ at, since: Math.max(lastOpen, latest([before.lastSuccessAt], at)) });
      }
      lastOpen = at;
    }
    wasClosed = !isOpen;
  }
  return openings;
}

function tripAt(at: number, since: number, before: FailoverEvidence, signs: TripSigns): BreakerTrip | undefined {
  const isBefore = (failedAt: number): boolean => failedAt > since && failedAt <= at + SLACK;
  const findings = [...before.failures.filter(opensBreakers), ...signs.failures].filter((each) => isBefore(each.at));
  const signal = findings.sort(compareSightings).at(-1);
  if (!signal) return undefined;
  const first = [...findings.map((each) => each.at), ...signs.failedAt.filter(isBefore)].reduce((a, b) =>
    Math.min(a, b),
  );
  return { at, seconds: Math.max(0, at - first) / 1000, signal };
}

/** A call that its caller broke off opens none. */
export function opensBreakers({ because }: Finding): boolean {
  return because !== 'cancelled';
}

/** Of the times up to one; 0 where there is none. */
function latest(times: readonly number[], until: number): number {
  return times.reduce((newest, at) => (at <= until && at > newest ? at : newest), 0);
}

/** Of each breaker. A failure that is told of after the trip may still be the one on which the breaker opened. */
function newestTrips(
  merged: FailoverEvidence,
  found: readonly Trip[],
  { failures }: TripSigns,
): Map<string, BreakerTrip> {
  const trips = new Map(Object.entries(merged.trips ?? {}));
  for (const { breaker, ...trip } of found) trips.set(breaker, trip);
  for (const [breaker, trip] of trips) {
    const signal = failures
      .filter(({ at }) => at <= trip.at + SLACK)
      .reduce((last, each) => (compareSightings(each, last) > 0 ? each : last), trip.signal);
    trips.set(breaker, { ...trip, signal });
  }
  return trips;
}

/** What is told of breakers that found no room is left out. */
function withKnown(
  { trips: _before, unexplained: _then, ...rest }: FailoverEvidence,
  trips: ReadonlyMap<string, BreakerTrip>,
  unexplained: ReadonlyMap<string, UnexplainedOpening>,
): FailoverEvidence {
  const known = <T>(all: ReadonlyMap<string, T>): [string, T][] =>
    [...all].filter(([breaker]) => Object.hasOwn(rest.breakers, breaker));
  const [told, untold] = [known(trips), known(unexplained)];
  return {
    ...rest,
    ...(told.length > 0 && { trips: Object.fromEntries(told) }),
    ...(untold.length > 0 && { unexplained: Object.fromEntries(untold) }),
  };
}

/** How long before the last failure others may have counted towards the same trip, in ms: what opossum looks back over by default. */
const RUN = 10_000;

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
