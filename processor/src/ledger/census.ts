/** Counts the rows outside configuration, per service and in total, and says whether another one may be opened. */
import type { PolicyIndex } from '../classify/policies.ts';
import type { Limits } from '../types/pipeline.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';
import { isOverflow, serviceId } from './identity.ts';
import type { LiveRow } from './owners.ts';

export interface Census {
  admits(service: ServiceIdentity, key: RowKey): boolean;
  opened(service: ServiceIdentity, key: RowKey): void;
}

/** A census that others may go on from without changing this one. */
export interface BaseCensus extends Census {
  /** Counts of its own on top of these: one a batch or a commit. */
  fork(): Census;
}

export function takeCensus(rows: Iterable<LiveRow>, policies: PolicyIndex, limits: Limits): BaseCensus {
  const base = new Map<string, number>();
  let baseTotal = 0;

  const isConfigured = (service: ServiceIdentity, key: RowKey): boolean =>
    policies
      .chain(service, key.chain)
      ?.targets.some(({ name, type }) => name === key.target && type === key.routeType) ?? false;

  const census = (counts: Map<string, number>): Census & { total: number } => ({
    total: 0,
    admits(service, key) {
      if (isConfigured(service, key)) return true;
      const id = serviceId(service);
      const ofService = (base.get(id) ?? 0) + (counts === base ? 0 : (counts.get(id) ?? 0));
      const total = baseTotal + this.total;
      return total < limits.rows && ofService < limits.rowsPerService;
    },
    opened(service, key) {
      if (isConfigured(service, key)) return;
      const id = serviceId(service);
      counts.set(id, (counts.get(id) ?? 0) + 1);
      if (counts === base) baseTotal++;
      else this.total++;
    },
  });

  const own = census(base);
  for (const row of rows) if (!isOverflow(row.key) && !row.placeholder) own.opened(row.service, row.key);
  return { admits: own.admits.bind(own), opened: own.opened.bind(own), fork: () => census(new Map()) };
}
