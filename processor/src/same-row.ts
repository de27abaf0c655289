/** Whether two keys name one row. */
import type { RowKey } from './types/store.ts';

/** The parts that differ soonest come first. */
export function isSameRow(a: RowKey, b: RowKey): boolean {
  return (
    a.target === b.target &&
    a.chain === b.chain &&
    a.routeType === b.routeType &&
    a.service === b.service &&
    a.namespace === b.namespace &&
    a.environment === b.environment
  );
}
