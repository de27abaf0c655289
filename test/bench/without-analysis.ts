/** Leaves the analysis out of this process: what its stages note of a row or a chain is nothing, so nothing merges and nothing is stored. For the bench alone. */
import { NO_FACTS } from '../../processor/dist/analysis/facts.js';
import { ChainFactsStage, RowFactsStage } from '../../processor/dist/analysis/stage.js';

const NOTHING = { count: () => undefined, attempt: () => undefined, facts: () => NO_FACTS };
const NONE_OPENED: ReadonlyMap<string, unknown> = new Map();

export function leaveOutAnalysis(): void {
  Object.assign(RowFactsStage.prototype, NOTHING);
  Object.assign(ChainFactsStage.prototype, NOTHING, { run: () => undefined, opened: () => NONE_OPENED });
}
