/** How often senders named more than a limit lets in, by the limit. */
import { CARDINALITY_LIMITS, type CardinalityLimit } from '@warmspare/semconv';

export type Overflow = Record<CardinalityLimit, number>;

export function noOverflow(): Overflow {
  return { rows: 0, chains: 0, services: 0, row_series: 0, chain_targets: 0, chain_breakers: 0, unassigned: 0 };
}

export function addOverflow(to: Overflow, more: Overflow): void {
  for (const limit of CARDINALITY_LIMITS) to[limit] += more[limit];
}
