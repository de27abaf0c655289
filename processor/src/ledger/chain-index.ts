/** Where the rows and the chain of each name of a service are: a span finds them by the strings it carries, without making an id of them. */
import type { RouteType } from '@warmspare/semconv';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';
import { serviceId } from './identity.ts';
import type { Chain, Row } from './row.ts';

/** Of one chain of a service. Rows by target; targets of one name and several types are rare. */
export interface ChainEntry {
  chain: Chain | undefined;
  readonly rows: Map<string, Row[]>;
}

/** By chain. */
export type ServiceChains = ReadonlyMap<string, ChainEntry>;

export interface ChainIndex {
  of(service: ServiceIdentity): ServiceChains;
  putRow(row: Row): void;
  dropRow(row: Row): void;
  putChain(chain: Chain): void;
  dropChain(chain: Chain): void;
}

export function rowOfEntry(entry: ChainEntry | undefined, target: string, routeType: RouteType): Row | undefined {
  const sameName = entry?.rows.get(target);
  if (sameName) for (const row of sameName) if (row.key.routeType === routeType) return row;
  return undefined;
}

export function createChainIndex(): ChainIndex {
  const services = new Map<string, Map<string, ChainEntry>>();

  const entryOf = ({ service, key }: { service: ServiceIdentity; key: RowKey }): ChainEntry => {
    const id = serviceId(service);
    let chains = services.get(id);
    if (!chains) {
      chains = new Map();
      services.set(id, chains);
    }
    let entry = chains.get(key.chain);
    if (!entry) {
      entry = { chain: undefined, rows: new Map() };
      chains.set(key.chain, entry);
    }
    return entry;
  };

  const forgetIfEmpty = ({ service, key }: { service: ServiceIdentity; key: RowKey }, entry: ChainEntry): void => {
    if (entry.chain || entry.rows.size > 0) return;
    const id = serviceId(service);
    const chains = services.get(id);
    chains?.delete(key.chain);
    if (chains?.size === 0) services.delete(id);
  };

  return {
    of: (service) => services.get(serviceId(service)) ?? NO_CHAINS,
    putRow(row) {
      const { rows } = entryOf(row);
      const known = rows.get(row.key.target);
      rows.set(row.key.target, known ? [...known.filter(({ id }) => id !== row.id), row] : [row]);
    },
    dropRow(row) {
      const entry = entryOf(row);
      const others = entry.rows.get(row.key.target)?.filter(({ id }) => id !== row.id) ?? [];
      if (others.length > 0) entry.rows.set(row.key.target, others);
      else entry.rows.delete(row.key.target);
      // Its chain's announcements may bring it back.
      if (entry.chain) entry.chain.lastAnnouncement = undefined;
      forgetIfEmpty(row, entry);
    },
    putChain(chain) {
      entryOf(chain).chain = chain;
    },
    dropChain(chain) {
      const entry = entryOf(chain);
      entry.chain = undefined;
      forgetIfEmpty(chain, entry);
    },
  };
}

const NO_CHAINS: ServiceChains = new Map();
