/** What one batch says of one chain as a whole: the lists it announced, its runs and the facts of its attempts. */
import { METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED, METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED } from '@warmspare/semconv';
import { ChainFactsStage } from '../analysis/stage.ts';
import type { TargetList } from '../types/evidence.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';
import type { BatchRow } from './batch-row.ts';
import type { ChainEntry } from './chain-index.ts';
import { chainId, rowKey } from './identity.ts';
import { emptyShare, type SeriesShare } from './series.ts';
import { kindOf, type SeriesKind } from './series-kind.ts';

/** A list that a batch announced. */
export interface AnnouncedList {
  readonly targets: TargetList;
  /** The greatest event time of an announcement that came for the first time, epoch ms; 0 where all of them were duplicates. */
  newestAt: number;
}

export interface BatchChain {
  readonly key: RowKey;
  readonly id: string;
  readonly service: ServiceIdentity;
  /** The committed chain and rows of this name. */
  readonly entry: ChainEntry | undefined;
  /** By target; several rows where targets of one name have several types. */
  readonly rows: Map<string, BatchRow[]>;
  /** Lists that update their rows, which are in `rows`. */
  readonly announced: AnnouncedList[];
  /** Lists that the chain announced just before: they update no rows. */
  readonly repeated: AnnouncedList[];
  readonly series: SeriesShare[];
  readonly facts: ChainFactsStage;
  newestList: AnnouncedList | undefined;
}

export function createBatchChain(service: ServiceIdentity, name: string, entry: ChainEntry | undefined): BatchChain {
  const known = entry?.chain;
  const key = known?.key ?? rowKey(service, name, '', '');
  return {
    key,
    id: known?.id ?? chainId(key),
    service,
    entry,
    rows: new Map(),
    announced: [],
    repeated: [],
    series: [],
    facts: new ChainFactsStage(known?.facts),
    newestList: undefined,
  };
}

/** Runs that end badly, which begin at zero with the chain. */
export const EXHAUSTED: SeriesKind = kindOf(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED, {});
export const UNPROTECTED: SeriesKind = kindOf(METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED, {});

export function increment(series: SeriesShare[], kind: SeriesKind): void {
  let delta = series.find((each) => each.kind === kind);
  if (!delta) {
    delta = emptyShare(kind);
    series.push(delta);
  }
  delta.value++;
}
