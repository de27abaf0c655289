/** The parameters of /status.json go in, a snapshot with the rows that match comes out. */
import type { Snapshot, TargetSnapshot } from '../types/snapshot.ts';

/** `undefined` is any. */
export type StatusQuery = Readonly<Record<(typeof KEYS)[number], string | undefined>>;

const KEYS = ['namespace', 'service', 'environment', 'chain', 'target', 'state'] as const;

/** Reads `?namespace=&service=&environment=&chain=&target=&state=`; an empty value narrows nothing. */
export function readStatusQuery(parameters: Readonly<Record<string, string | undefined>>): StatusQuery {
  return Object.fromEntries(KEYS.map((key) => [key, parameters[key] || undefined])) as StatusQuery;
}

/** Rows and chains that match; services and unassigned calls stay, unless a service is asked for. */
export function narrow(snapshot: Snapshot, query: StatusQuery): Snapshot {
  if (KEYS.every((key) => query[key] === undefined)) return snapshot;
  const isService = ({ service }: Pick<TargetSnapshot, 'service'>): boolean =>
    isIn(query.namespace, service.namespace) &&
    isIn(query.service, service.name) &&
    isIn(query.environment, service.environment);
  return {
    ...snapshot,
    targets: snapshot.targets.filter(
      (each) =>
        isService(each) &&
        isIn(query.chain, each.chain) &&
        isIn(query.target, each.target) &&
        isIn(query.state, each.state),
    ),
    chains: snapshot.chains.filter((each) => isService(each) && isIn(query.chain, each.chain)),
    watermarks: snapshot.watermarks.filter(isService),
    unassigned: snapshot.unassigned.filter(isService),
  };
}

const isIn = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || wanted === value;
