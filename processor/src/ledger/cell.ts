/** The newest success or failure of one row within a batch: filled in place, so that a span allocates nothing. */
import { spanIdOf, traceIdOf } from '../ids.ts';
import type { Attempt } from '../types/evidence.ts';
import type { Sighting } from '../types/snapshot.ts';

export interface Cell {
  at: number;
  readonly ids: Uint32Array;
  outcome: string;
  errorType: string | undefined;
}

/** Keeps the later one; at the same time the greater ids, as `merge.ts` does. */
export function sight(cells: (Cell | undefined)[], kind: number, attempt: Attempt, outcome: string, at: number): void {
  const cell = cells[kind];
  if (!cell) {
    cells[kind] = { at, ids: attempt.ids.slice(), outcome, errorType: attempt.errorType };
    return;
  }
  if (at < cell.at || (at === cell.at && compareCell(cell, attempt, outcome) >= 0)) return;
  cell.at = at;
  cell.ids.set(attempt.ids);
  cell.outcome = outcome;
  cell.errorType = attempt.errorType;
}

function compareCell(cell: Cell, attempt: Attempt, outcome: string): number {
  for (const [position, word] of cell.ids.entries()) {
    const other = attempt.ids[position] ?? 0;
    if (word !== other) return word - other;
  }
  const left = `${cell.outcome}\0${cell.errorType ?? ''}`;
  const right = `${outcome}\0${attempt.errorType ?? ''}`;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function sighting({ at, ids }: Cell): Sighting {
  return { at, traceId: traceIdOf(ids), spanId: spanIdOf(ids) };
}
