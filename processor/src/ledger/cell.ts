/** The newest success or failure of one row within a batch: filled in place, so that a span allocates nothing. */
import { Mark } from '../analysis/mark.ts';
import type { Attempt } from '../types/evidence.ts';
import type { FailureSighting } from '../types/snapshot.ts';

export interface Cell {
  readonly mark: Mark;
  outcome: FailureSighting['outcome'];
  errorType: string | undefined;
}

/** Keeps the later one; at the same time the greater ids, as `merge.ts` does. */
export function sight(
  cells: (Cell | undefined)[],
  place: number,
  attempt: Attempt,
  outcome: Cell['outcome'],
  at: number,
): void {
  const cell = cells[place];
  if (!cell) {
    cells[place] = { mark: new Mark(attempt, at), outcome, errorType: attempt.errorType };
    return;
  }
  const order = cell.mark.moveLater(attempt, at);
  if (order < 0 || (order === 0 && saying(cell.outcome, cell.errorType) >= saying(outcome, attempt.errorType))) return;
  cell.outcome = outcome;
  cell.errorType = attempt.errorType;
}

/** What orders two of the same span. */
const saying = (outcome: string, errorType: string | undefined): string => `${outcome}\0${errorType ?? ''}`;
