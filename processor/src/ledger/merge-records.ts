/**
 * Merges the share of one commit into what a shared store keeps: one pure function an entity. Evidence by maximum and minimum, counters by sum,
 * so that replicas may commit in any order.
 */
import { ATTR_LLM_FALLBACK_EXERCISE_KIND, METRIC_LLM_FALLBACK_CALLS } from '@warmspare/semconv';
import { mergeFacts } from '../analysis/facts.ts';
import type {
  ChainRecord,
  RowRecord,
  SeriesRecord,
  Tombstone,
  UnassignedRecord,
  WatermarkRecord,
} from '../types/store.ts';
import { mergeRowState } from './merge.ts';
import { HELD_CALLS } from './series.ts';

/** `added`: as {@link Changes.added} gives it. */
export function mergeRow(kept: RowRecord, added: RowRecord): RowRecord {
  return {
    key: kept.key,
    placeholder: kept.placeholder && added.placeholder,
    state: mergeRowState(kept.state, added.state),
    series: mergeSeries(kept.series, added.series),
    facts: mergeFacts(kept.facts, added.facts),
  };
}

export function mergeChain(kept: ChainRecord, added: ChainRecord): ChainRecord {
  return {
    key: kept.key,
    announcedAt: Math.max(kept.announcedAt, added.announcedAt),
    series: mergeSeries(kept.series, added.series),
    facts: mergeFacts(kept.facts, added.facts),
  };
}

export function mergeWatermark(kept: WatermarkRecord, added: WatermarkRecord): WatermarkRecord {
  return kept.at >= added.at ? kept : added;
}

export function mergeTombstone(kept: Tombstone, added: Tombstone): Tombstone {
  return kept.at >= added.at ? kept : added;
}

export function mergeUnassigned(kept: UnassignedRecord, added: UnassignedRecord): UnassignedRecord {
  const newer = added.lastSeen >= kept.lastSeen ? added : kept;
  const insteadOf = newer.insteadOf ?? kept.insteadOf ?? added.insteadOf;
  return {
    ...kept,
    calls: kept.calls + added.calls,
    lastSeen: newer.lastSeen,
    ...(insteadOf !== undefined && { insteadOf }),
  };
}

/** Adds what a commit counted. A series keeps the time when it began at zero; one with other buckets than before begins anew. */
function mergeSeries(kept: readonly SeriesRecord[], added: readonly SeriesRecord[]): readonly SeriesRecord[] {
  const merged = new Map(kept.map((series) => [idOf(series), series]));
  for (const series of added) {
    const before = merged.get(idOf(series));
    const isSame = before?.counts?.length === series.counts?.length;
    merged.set(idOf(series), before && isSame ? sumOf(before, series) : series);
  }
  return [...merged.values()];
}

const idOf = ({ kind: { metric, attributes } }: SeriesRecord): string => `${metric}\0${attributes}`;

function sumOf(a: SeriesRecord, b: SeriesRecord): SeriesRecord {
  return {
    kind: a.kind,
    value: a.value + b.value,
    sum: a.sum + b.sum,
    counts: a.counts?.map((count, bucket) => count + (b.counts?.[bucket] ?? 0)),
    startTime: a.startTime,
  };
}

/** Calls that wait to be counted wait in one process: the attribute says in which. */
const HOLDER = 'holder';

/** As a shared store keeps them: the calls that wait are marked as those of this process. */
export function withHolder(series: readonly SeriesRecord[], holder: string): readonly SeriesRecord[] {
  if (!series.some(isHeld)) return series;
  return series.map((each) => {
    if (!isHeld(each)) return each;
    const attributes = JSON.stringify({ ...extraOf(each), [HOLDER]: holder });
    return { ...each, kind: { metric: HELD_CALLS, attributes } };
  });
}

export const isHeld = ({ kind }: SeriesRecord): boolean => kind.metric === HELD_CALLS;

/** The row with the waiting calls of a process that is gone counted: nobody will know more about them. */
export function countHeldOf(row: RowRecord, holder: string): RowRecord {
  const gone = row.series.filter((each) => isHeld(each) && extraOf(each)[HOLDER] === holder);
  if (gone.length === 0) return row;
  const exercise = row.key.routeType === 'primary' ? {} : { [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'organic' };
  const calls = gone
    .filter(({ value }) => value > 0)
    .map((each) => {
      const { [HOLDER]: _gone, ...extra } = extraOf(each);
      const attributes = JSON.stringify({ ...extra, ...exercise });
      return { ...each, kind: { metric: METRIC_LLM_FALLBACK_CALLS, attributes }, startTime: row.state.declaredAt };
    });
  const left = row.series.filter((each) => !gone.includes(each));
  return { ...row, series: mergeSeries(left, calls) };
}

const extraOf = ({ kind }: SeriesRecord): Readonly<Record<string, string>> =>
  JSON.parse(kind.attributes) as Record<string, string>;
