/**
 * The share of one commit in the entities that it puts: counters as differences, everything else as it is, since that merges. A store that
 * several processes write adds these to what it keeps, where a store of one process writes the entities whole.
 */
import { subtractActivity } from '../analysis/activity.ts';
import type { Facts } from '../types/facts.ts';
import type { Records, SeriesRecord, UnassignedRecord } from '../types/store.ts';
import { chainId, rowId, serviceOf, unassignedId } from './identity.ts';
import type { LiveOwner } from './owners.ts';
import type { SeriesDelta } from './series.ts';
import type { Work } from './work.ts';

/** `put`: as the commit puts them. To be called before the commit is applied. */
export function addedBy({ live, rows, chains }: Work, put: Records): Records {
  return {
    ...put,
    rows: put.rows.map((row) => {
      const touched = rows.get(rowId(row.key));
      return touched ? { ...row, ...shareOf(touched, row.facts) } : row;
    }),
    chains: put.chains.map((chain) => {
      const touched = chains.get(chainId(chain.key));
      return touched ? { ...chain, ...shareOf(touched, chain.facts) } : chain;
    }),
    unassigned: put.unassigned.map((record): UnassignedRecord => {
      const { provider, requestModel } = record;
      const id = unassignedId({ service: serviceOf(record), provider, requestModel });
      return { ...record, calls: record.calls - (live.unassigned.get(id)?.calls ?? 0) };
    }),
  };
}

interface Touched {
  readonly live: LiveOwner;
  readonly series: readonly SeriesDelta[];
}

function shareOf({ live, series }: Touched, facts: Facts): { series: SeriesRecord[]; facts: Facts } {
  const { activity: after, ...rest } = facts;
  const activity = after && subtractActivity(after, live.facts.activity);
  return { series: series.map(difference), facts: activity ? { ...rest, activity } : rest };
}

function difference({ kind, value, sum, counts, startTime, live }: SeriesDelta): SeriesRecord {
  return {
    kind,
    value: value - (live?.value ?? 0),
    sum: sum - (live?.sum ?? 0),
    counts: counts?.map((count, bucket) => count - (live?.counts?.[bucket] ?? 0)),
    startTime,
  };
}
