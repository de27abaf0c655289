/** The ledger's committed state, as the store has it. Only an applied commit changes it. */
import type { MetricAttributes } from '../types/metric.ts';
import type { ServiceIdentity } from '../types/span.ts';
import { noOverflow, type Overflow } from './overflow.ts';
import type { LiveChain, LiveRow } from './owners.ts';
import { createPlaces, type Places } from './places.ts';
import type { UnassignedDelta } from './staged-calls.ts';

export interface LiveWatermark {
  readonly service: ServiceIdentity;
  readonly attributes: MetricAttributes;
  at: number;
}

export interface Live {
  /** By id, like chains. Whoever adds or removes uses the functions below. */
  readonly rows: Map<string, LiveRow>;
  readonly chains: Map<string, LiveChain>;
  /** The same rows and chains by the names that spans give. */
  readonly places: Places;
  readonly watermarks: Map<string, LiveWatermark>;
  /** When each row was retired last, whether or not it has come back. Without a limit: senders add none, only who may retire rows does. */
  readonly tombstones: Map<string, number>;
  readonly unassigned: Map<string, UnassignedDelta>;
  /** Since this process started. */
  readonly overflow: Overflow;
}

export function createLive(): Live {
  return {
    rows: new Map(),
    chains: new Map(),
    places: createPlaces(),
    watermarks: new Map(),
    tombstones: new Map(),
    unassigned: new Map(),
    overflow: noOverflow(),
  };
}

export function addRow({ rows, places }: Live, row: LiveRow): void {
  rows.set(row.id, row);
  places.putRow(row);
}

export function dropRow({ rows, places }: Live, id: string): void {
  const row = rows.get(id);
  if (!row) return;
  rows.delete(id);
  places.dropRow(row);
}

export function addChain({ chains, places }: Live, chain: LiveChain): void {
  chains.set(chain.id, chain);
  places.putChain(chain);
}

export function dropChain({ chains, places }: Live, id: string): void {
  const chain = chains.get(id);
  if (!chain) return;
  chains.delete(id);
  places.dropChain(chain);
}
