/** A batch's facts of a chain, merged into the commit in the making; a breaker's trip that they show is counted once. */
import { ATTR_LLM_FALLBACK_BREAKER_NAME, METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION } from '@warmspare/semconv';
import { mergeFacts, NO_FACTS } from '../analysis/facts.ts';
import { NO_FAILOVER, type Trip, tripsOf } from '../analysis/failover.ts';
import { mergeVerdicts } from '../analysis/verdicts.ts';
import type { Facts, Verdict } from '../types/facts.ts';
import { boundsOf, bucketOf } from './buckets.ts';
import { seriesId } from './series.ts';
import { addSeries, type WorkChain } from './work.ts';

export function foldChainFacts(chain: WorkChain, facts: Facts, receivedAt: number): void {
  if (facts === NO_FACTS) return;
  const before = chain.facts.failover ?? NO_FAILOVER;
  const trips = facts.failover ? tripsOf(before, facts.failover) : [];
  chain.facts = mergeFacts(chain.facts, facts);
  for (const trip of trips) {
    if (trip.duration !== undefined) countTrip(chain, trip.breaker, trip.duration, receivedAt);
    if (trip.wrongSignal !== undefined) breakFailover(chain, trip, trip.wrongSignal);
  }
}

function breakFailover(chain: WorkChain, { at }: Trip, because: string): void {
  const failover = chain.facts.failover ?? NO_FAILOVER;
  const found: Verdict = { proved: undefined, broken: { ...at, because } };
  chain.facts = { ...chain.facts, failover: { ...failover, verdict: mergeVerdicts(failover.verdict, found) } };
}

function countTrip(chain: WorkChain, breaker: string, seconds: number, receivedAt: number): void {
  const metric = METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION;
  const bounds = boundsOf(metric);
  if (!bounds) return;
  const counts = new Array<number>(bounds.length + 1).fill(0);
  counts[bucketOf(bounds, seconds)] = 1;
  const extra = { [ATTR_LLM_FALLBACK_BREAKER_NAME]: breaker };
  addSeries(chain, { metric, extra, id: seriesId(metric, extra), value: 1, sum: seconds, counts, bounds }, receivedAt);
}
