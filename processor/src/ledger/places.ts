/** Where the rows and the chain of each name of a service are: a span finds them by the strings it carries, without making an id of them. */
import type { RouteType } from '@warmspare/semconv';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';
import { serviceId } from './identity.ts';
import type { LiveChain, LiveRow } from './owners.ts';

/** Of one chain of a service. Rows by target; targets of one name and several types are rare. */
export interface Place {
  chain: LiveChain | undefined;
  readonly rows: Map<string, LiveRow[]>;
}

/** By chain. */
export type ServicePlaces = ReadonlyMap<string, Place>;

export interface Places {
  of(service: ServiceIdentity): ServicePlaces;
  putRow(row: LiveRow): void;
  dropRow(row: LiveRow): void;
  putChain(chain: LiveChain): void;
  dropChain(chain: LiveChain): void;
}

export function rowIn(place: Place | undefined, target: string, routeType: RouteType): LiveRow | undefined {
  const sameName = place?.rows.get(target);
  if (sameName) for (const row of sameName) if (row.key.routeType === routeType) return row;
  return undefined;
}

export function createPlaces(): Places {
  const services = new Map<string, Map<string, Place>>();

  const placeOf = ({ service, key }: { service: ServiceIdentity; key: RowKey }): Place => {
    const id = serviceId(service);
    let chains = services.get(id);
    if (!chains) {
      chains = new Map();
      services.set(id, chains);
    }
    let place = chains.get(key.chain);
    if (!place) {
      place = { chain: undefined, rows: new Map() };
      chains.set(key.chain, place);
    }
    return place;
  };

  const forgetIfEmpty = ({ service, key }: { service: ServiceIdentity; key: RowKey }, place: Place): void => {
    if (place.chain || place.rows.size > 0) return;
    const id = serviceId(service);
    const chains = services.get(id);
    chains?.delete(key.chain);
    if (chains?.size === 0) services.delete(id);
  };

  return {
    of: (service) => services.get(serviceId(service)) ?? NOWHERE,
    putRow(row) {
      const { rows } = placeOf(row);
      const known = rows.get(row.key.target);
      rows.set(row.key.target, known ? [...known.filter(({ id }) => id !== row.id), row] : [row]);
    },
    dropRow(row) {
      const place = placeOf(row);
      const others = place.rows.get(row.key.target)?.filter(({ id }) => id !== row.id) ?? [];
      if (others.length > 0) place.rows.set(row.key.target, others);
      else place.rows.delete(row.key.target);
      // Its chain's announcements may bring it back.
      if (place.chain) place.chain.heard = undefined;
      forgetIfEmpty(row, place);
    },
    putChain(chain) {
      placeOf(chain).chain = chain;
    },
    dropChain(chain) {
      const place = placeOf(chain);
      place.chain = undefined;
      forgetIfEmpty(chain, place);
    },
  };
}

const NOWHERE: ServicePlaces = new Map();
