/**
 * Counts what senders opened outside configuration, by sender and in total, and says whether one more may be opened: a sender that names
 * without end must not fill the rows of the others.
 */
import type { PolicyIndex } from '../classify/policies.ts';
import type { Limits } from '../types/pipeline.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';
import { isOverflow, serviceId } from './identity.ts';
import type { Live } from './live.ts';

/** Names the one who sends for a service, where several services have one sender; undefined where a service is its own. */
export type SenderOf = (service: ServiceIdentity) => string | undefined;

/** Of rows or of chains, the key of which has no target. */
export interface Census {
  admits(service: ServiceIdentity, key: RowKey): boolean;
  opened(service: ServiceIdentity, key: RowKey): void;
}

/** A census that others may go on from without changing this one. */
export interface BaseCensus extends Census {
  /** Counts of its own on top of these: one a batch or a commit. */
  fork(): Census;
}

/** Past this share of all rows, only senders that have few may open more. */
const OPEN_TO_ALL = 3 / 4;
const FEW = 200;

export interface Censuses {
  readonly rows: BaseCensus;
  readonly chains: BaseCensus;
}

export function takeCensuses(live: Live, policies: PolicyIndex, limits: Limits, senderOf: SenderOf): Censuses {
  const isConfiguredRow = (service: ServiceIdentity, key: RowKey): boolean =>
    policies
      .chain(service, key.chain)
      ?.targets.some(({ name, type }) => name === key.target && type === key.routeType) ?? false;
  const isConfiguredChain = (service: ServiceIdentity, key: RowKey): boolean =>
    policies.chain(service, key.chain) !== undefined;
  const rows = census(isConfiguredRow, limits, senderOf);
  for (const row of live.rows.values()) if (!isOverflow(row.key) && !row.placeholder) rows.opened(row.service, row.key);
  const chains = census(isConfiguredChain, limits, senderOf);
  for (const { service, key } of live.chains.values()) chains.opened(service, key);
  return { rows, chains };
}

function census(
  isConfigured: (service: ServiceIdentity, key: RowKey) => boolean,
  limits: Limits,
  senderOf: SenderOf,
): BaseCensus {
  const base = new Map<string, number>();
  let baseTotal = 0;
  const idOf = (service: ServiceIdentity): string => senderOf(service) ?? serviceId(service);

  const part = (counts: Map<string, number>): Census & { total: number } => ({
    total: 0,
    admits(service, key) {
      if (isConfigured(service, key)) return true;
      const id = idOf(service);
      const ofSender = (base.get(id) ?? 0) + (counts === base ? 0 : (counts.get(id) ?? 0));
      const total = baseTotal + this.total;
      if (total >= limits.rows || ofSender >= limits.rowsPerService) return false;
      return total < limits.rows * OPEN_TO_ALL || ofSender < FEW;
    },
    opened(service, key) {
      if (isConfigured(service, key)) return;
      const id = idOf(service);
      counts.set(id, (counts.get(id) ?? 0) + 1);
      if (counts === base) baseTotal++;
      else this.total++;
    },
  });

  const own = part(base);
  return { admits: own.admits.bind(own), opened: own.opened.bind(own), fork: () => part(new Map()) };
}
