/**
 * Calls of other instrumentations that were counted by a rule of the configuration before the span above them came: where that one is the
 * attempt of the same target, the two are one call. What is counted cannot be taken back, so the attempt adds nothing. Bounded.
 */
import { spanIdOf, traceIdOf } from '../base/ids.ts';
import type { Attempt } from '../types/evidence.ts';
import type { Span } from '../types/span.ts';
import type { BufferedCall } from './buffered-call.ts';

export interface CountedBelow {
  note(call: BufferedCall): void;
  /** Whether a call right below the attempt's span was counted for its target. */
  has(attempt: Attempt, span: Span): boolean;
}

/** Parents that are remembered; the one noted first leaves. An attempt that comes later than that is counted, too. */
const REMEMBERED = 4_096;

export function createCountedBelow(): CountedBelow {
  const targets = new Map<string, string>();
  return {
    note({ own, traceId, parentId, call }) {
      if (own !== undefined || parentId === '' || call.kind !== 'attempt') return;
      const parent = traceId + parentId;
      targets.delete(parent);
      targets.set(parent, keyOf(call));
      const [oldest] = targets.size > REMEMBERED ? targets.keys() : [];
      if (oldest !== undefined) targets.delete(oldest);
    },
    has(attempt, { ids }) {
      return targets.size > 0 && targets.get(traceIdOf(ids) + spanIdOf(ids)) === keyOf(attempt);
    },
  };
}

function keyOf({ chain, target, service: { namespace, name, environment } }: BufferedCall['call']): string {
  return [namespace, name, environment, chain, target].join('\0');
}
