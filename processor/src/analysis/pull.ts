/**
 * Facts whose times lie after now, as a clock that ran ahead leaves them, with those times at now: a proof from the future would
 * never expire. Facts without such times come back as the same object.
 */
import type {
  AssumptionEvidence,
  ContractHistory,
  Facts,
  FailoverEvidence,
  PartHistory,
  Verdict,
} from '../types/facts.ts';
import type { Activity } from '../types/snapshot.ts';
import { QUARTER, quarterOf } from './activity.ts';

interface Pull {
  /** Epoch ms. */
  readonly now: number;
  /** Times after it become `now`. */
  readonly limit: number;
}

/** Times in epoch ms; those after `limit` become `now`. */
export function pullFacts(facts: Facts, now: number, limit: number): Facts {
  const pull = { now, limit };
  const { assumptions, contract, failover, activity, exercised, unsampled } = facts;
  const pulled: Facts = {
    ...facts,
    ...(assumptions && { assumptions: pullAssumptions(assumptions, pull) }),
    ...(contract && { contract: pullContract(contract, pull) }),
    ...(failover && { failover: pullFailover(failover, pull) }),
    ...(activity && { activity: pullActivity(activity, pull) }),
    ...(unsampled !== undefined && { unsampled: unsampled * QUARTER > limit ? quarterOf(now) : unsampled }),
    ...(exercised && { exercised: exercised.map((call) => seen(call, pull)) }),
  };
  return JSON.stringify(pulled) === JSON.stringify(facts) ? facts : pulled;
}

const time = (at: number, { now, limit }: Pull): number => (at > limit ? now : at);

const seen = <S extends { readonly at: number }>(sighting: S, pull: Pull): S => ({
  ...sighting,
  at: time(sighting.at, pull),
});

function pullVerdict({ proved, broken }: Verdict, pull: Pull): Verdict {
  return { proved: proved && seen(proved, pull), broken: broken && seen(broken, pull) };
}

function pullAssumptions({ available, cache, schema }: AssumptionEvidence, pull: Pull): AssumptionEvidence {
  return {
    ...(available && { available: pullVerdict(available, pull) }),
    ...(cache && { cache: pullVerdict(cache, pull) }),
    ...(schema && { schema: mapValues(schema, (verdict) => pullVerdict(verdict, pull)) }),
  };
}

function pullContract(contract: ContractHistory, pull: Pull): ContractHistory {
  return mapValues(contract, (history) => history && pullPart(history, pull));
}

function pullPart({ revisions, forgottenAt }: PartHistory, pull: Pull): PartHistory {
  const pulled = mapValues(revisions, ({ firstSeen, lastSeen }) => ({
    firstSeen: seen(firstSeen, pull),
    lastSeen: time(lastSeen, pull),
  }));
  return { revisions: pulled, forgottenAt: time(forgottenAt, pull) };
}

function pullFailover(evidence: FailoverEvidence, pull: Pull): FailoverEvidence {
  return {
    verdict: pullVerdict(evidence.verdict, pull),
    breakers: mapValues(evidence.breakers, (history) =>
      mapValues(history, (sighting) => sighting && seen(sighting, pull)),
    ),
    ...(evidence.trips && {
      trips: mapValues(evidence.trips, (trip) => ({ ...seen(trip, pull), signal: seen(trip.signal, pull) })),
    }),
    ...(evidence.unexplained && {
      unexplained: mapValues(evidence.unexplained, (opening) => ({
        ...seen(opening, pull),
        since: time(opening.since, pull),
      })),
    }),
    lastSuccessAt: time(evidence.lastSuccessAt, pull),
    failures: evidence.failures.map((each) => seen(each, pull)),
    lastFailures: evidence.lastFailures.map((each) => seen(each, pull)),
  };
}

/** What was counted in quarters that are still to come counts in the present one. */
function pullActivity({ from, counts }: Activity, { now, limit }: Pull): Activity {
  const last = Math.floor((from + counts.length - 1) * QUARTER > limit ? now / QUARTER : from + counts.length - 1);
  const kept = counts.slice(0, Math.max(0, last - from));
  const ahead = counts.slice(kept.length).reduce((sum, count) => sum + count, 0);
  return { from: Math.min(from, last), counts: [...kept, ahead] };
}

function mapValues<T extends Readonly<Record<string, unknown>>>(
  record: T,
  change: (value: T[keyof T]) => T[keyof T],
): T {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value as T[keyof T])])) as T;
}
