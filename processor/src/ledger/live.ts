/** The ledger's committed state, as the store has it. Only an applied commit changes it. */
import { CARDINALITY_LIMITS, type CardinalityLimit } from '@warmspare/semconv';
import type { MetricAttributes } from '../types/metric.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { UnassignedCalls } from './batch-calls.ts';
import { type ChainIndex, createChainIndex } from './chain-index.ts';
import type { Chain, Row } from './row.ts';

export interface Watermark {
  readonly service: ServiceIdentity;
  readonly attributes: MetricAttributes;
  at: number;
}

export interface Live {
  /** By id, like chains. Whoever adds or removes uses the functions below. */
  readonly rows: Map<string, Row>;
  readonly chains: Map<string, Chain>;
  /** The same rows and chains by the names that spans give. */
  readonly index: ChainIndex;
  readonly watermarks: Map<string, Watermark>;
  /** When each row was retired last, whether or not it has come back. Without a limit: senders add none, only who may retire rows does. */
  readonly tombstones: Map<string, number>;
  readonly unassigned: Map<string, UnassignedCalls>;
  /** Since this process started. */
  readonly overflow: Overflow;
}

export function createLive(): Live {
  return {
    rows: new Map(),
    chains: new Map(),
    index: createChainIndex(),
    watermarks: new Map(),
    tombstones: new Map(),
    unassigned: new Map(),
    overflow: noOverflow(),
  };
}

export function addRow({ rows, index }: Live, row: Row): void {
  rows.set(row.id, row);
  index.putRow(row);
}

export function dropRow({ rows, index }: Live, id: string): void {
  const row = rows.get(id);
  if (!row) return;
  rows.delete(id);
  index.dropRow(row);
}

export function addChain({ chains, index }: Live, chain: Chain): void {
  chains.set(chain.id, chain);
  index.putChain(chain);
}

export function dropChain({ chains, index }: Live, id: string): void {
  const chain = chains.get(id);
  if (!chain) return;
  chains.delete(id);
  index.dropChain(chain);
}

/** How often senders named more than a limit lets in, by the limit. */
export type Overflow = Record<CardinalityLimit, number>;

export function noOverflow(): Overflow {
  return { rows: 0, chains: 0, services: 0, row_series: 0, chain_targets: 0, chain_breakers: 0, unassigned: 0 };
}

export function addOverflow(to: Overflow, more: Overflow): void {
  for (const limit of CARDINALITY_LIMITS) to[limit] += more[limit];
}
