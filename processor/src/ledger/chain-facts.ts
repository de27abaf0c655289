/** A batch's facts of a chain, merged into the commit in the making; a breaker's trip that they show is counted once. */
import { ATTR_LLM_FALLBACK_BREAKER_NAME, METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION } from '@warmspare/semconv';
import { NO_BREAKERS } from '../analysis/breaker.ts';
import { foldTrips, type Trip } from '../analysis/breaker-trips.ts';
import { mergeFacts, NO_FACTS } from '../analysis/facts.ts';
import { NO_FAILOVER } from '../analysis/failover.ts';
import type { FailoverEvidence } from '../types/facts.ts';
import { emptyDelta, observe } from './series.ts';
import { kindOf } from './series-kind.ts';
import type { ChainDelta } from './stage.ts';
import { addSeries, type WorkChain } from './work.ts';

type Breakers = FailoverEvidence['breakers'] | undefined;

/** Returns how many breakers found no room. */
export function foldChainFacts(chain: WorkChain, delta: ChainDelta, receivedAt: number): number {
  const { facts, signs, breakersLeftOut } = delta;
  if (facts === NO_FACTS) return 0;
  const before = chain.facts.failover;
  const merged = mergeFacts(chain.facts, facts);
  chain.facts = merged;
  if (facts.failover && merged.failover) {
    const { failover, trips } = foldTrips(before ?? NO_FAILOVER, merged.failover, signs);
    for (const trip of trips) countTrip(chain, trip, receivedAt);
    if (failover !== merged.failover) chain.facts = { ...merged, failover };
  }
  return breakersLeftOut + leftOut(before?.breakers, facts.failover?.breakers, merged.failover?.breakers);
}

function leftOut(before: Breakers, batch: Breakers, merged: Breakers): number {
  // Most chains have none.
  if (!batch || batch === NO_BREAKERS || merged === batch) return 0;
  const named = new Set([...Object.keys(before ?? {}), ...Object.keys(batch)]);
  return named.size - Object.keys(merged ?? {}).length;
}

function countTrip(chain: WorkChain, { breaker, seconds }: Trip, receivedAt: number): void {
  const delta = emptyDelta(
    kindOf(METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION, { [ATTR_LLM_FALLBACK_BREAKER_NAME]: breaker }),
  );
  observe(delta, seconds);
  addSeries(chain, delta, receivedAt);
}
