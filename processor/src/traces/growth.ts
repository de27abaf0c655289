/**
 * Spans that join the trace window in, the traces out in which they may decide something: a call that the configuration assigns counts as soon
 * as all spans above it are known, and one whose attempt, or whose other record, comes now is none. It changes nothing.
 */
import type { BufferedSpan } from './buffered-call.ts';
import type { Links } from './links.ts';
import { isTelling, isUndecided, type Trace } from './trace.ts';

/** Traces as they will be. `knownOf`: the trace of a key, as it is in the window. */
export type Growth = (
  joining: readonly BufferedSpan[],
  knownOf: (key: number) => Trace | undefined,
) => readonly Trace[];

/** Spans above one call that are looked for. */
const MAX_DEPTH = 32;

const NO_TRACES: readonly Trace[] = [];

/** `spansPerTrace`: of a trace that joins more than the window keeps of one, the others are judged alone. */
export function createGrowth(noted: Links, spansPerTrace: number): Growth {
  /** With what joins, and the spans above the calls as far as they were noted. */
  const viewOf = (known: Trace | undefined, joining: readonly BufferedSpan[]): Trace => {
    const calls = [...(known?.calls ?? []), ...joining.filter((kept) => kept.kind === 'call')];
    const around = joining.filter((kept) => kept.kind === 'holder');
    const links = new Map(known?.links);
    for (const holder of around) links.set(holder.spanId, holder);
    for (const { traceId, parentId } of calls) {
      let id = parentId;
      for (let depth = 0; id !== '' && depth < MAX_DEPTH; depth++) {
        const link = links.get(id) ?? noted.find(traceId, id);
        if (!link) break;
        links.set(id, link);
        id = link.parentId;
      }
    }
    return { calls, holders: [...(known?.holders ?? []), ...around.filter(isTelling)], links };
  };

  return (joining, knownOf) => {
    let decisive: Set<number> | undefined;
    for (const kept of joining) if (isDecisive(kept)) decisive = (decisive ?? new Set()).add(kept.traceKey);
    if (!decisive) return NO_TRACES;
    const byTrace = Map.groupBy(joining, ({ traceKey }) => traceKey);
    const growing = [...decisive].map((key) => {
      const known = knownOf(key);
      const room = Math.max(0, spansPerTrace - (known ? known.calls.length + known.holders.length : 0));
      return viewOf(known, (byTrace.get(key) ?? []).slice(0, room));
    });
    return growing.filter(({ calls }) => calls.some(isUndecided));
  };
}

/** A call that the configuration assigns, or whose relations are to be found out; a span that tells of calls, or that they are part of. */
function isDecisive(kept: BufferedSpan): boolean {
  if (kept.kind === 'call') return kept.state === 'new';
  return isTelling(kept) || kept.isBetween || kept.around.role === 'attempt';
}
