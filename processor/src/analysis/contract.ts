/**
 * The contract of a chain as its primary's spans show it: each part's revisions with their first and last sighting. Merging takes
 * the earlier first and the later last, so that the order and the repetition of spans do not matter.
 */
import { type CallOutcome, CONTRACT_PARTS, type ContractPart } from '@warmspare/semconv';
import type { Attempt } from '../types/evidence.ts';
import type { ContractHistory, PartHistory, Revision } from '../types/facts.ts';
import { compareSightings, compareText, type Mark, mark, moveEarlier, moveLater, seen } from './mark.ts';

/** What one batch shows of a contract. */
export interface ContractStage {
  /** `at`: epoch ms. Calls that were cancelled show nothing. */
  note(attempt: Attempt, outcome: CallOutcome, at: number): void;
  history(): ContractHistory | undefined;
}

/** Revisions kept a part; beyond, the one seen longest ago leaves. */
export const REVISIONS_PER_PART = 32;
/** Longer ones are cut: a revision is a name or a hash. */
const REVISION_LENGTH = 200;

/** `parts`: those that the spans of this row speak of. */
export function createContractStage(parts: readonly ContractPart[]): ContractStage {
  const stages = parts.map((part) => ({ part, stage: createPartStage() }));
  return {
    note(attempt, outcome, at) {
      if (outcome === 'cancelled') return;
      for (const { part, stage } of stages) {
        const revision = revisionOf(part, attempt, outcome);
        if (revision !== undefined) stage.note(revision, attempt, at);
      }
    },
    history() {
      const history: Partial<Record<ContractPart, PartHistory>> = {};
      for (const { part, stage } of stages) {
        const known = stage.history();
        if (known) history[part] = known;
      }
      return Object.keys(history).length === 0 ? undefined : history;
    },
  };
}

export function mergeContracts(a: ContractHistory, b: ContractHistory): ContractHistory {
  const merged: Partial<Record<ContractPart, PartHistory>> = {};
  for (const part of CONTRACT_PARTS) {
    const left = a[part];
    const right = b[part];
    const history = left && right ? mergeParts(left, right) : (left ?? right);
    if (history) merged[part] = history;
  }
  return merged;
}

/**
 * The model that answered, so that an alias that moves to another snapshot is a revision; where the answer names none, the one
 * asked for. A call without an answer shows its prompt and schema, but not which model would have served it.
 */
function revisionOf(part: ContractPart, attempt: Attempt, outcome: CallOutcome): string | undefined {
  if (part === 'prompt') return attempt.promptVersion ?? attempt.promptFingerprint;
  if (part === 'schema') return attempt.schemaFingerprint;
  if (outcome === 'error' || outcome === 'timeout') return undefined;
  return attempt.responseModel ?? attempt.requestModel;
}

interface PartStage {
  note(revision: string, attempt: Attempt, at: number): void;
  history(): PartHistory | undefined;
}

interface StagedRevision {
  readonly first: Mark;
  readonly last: Mark;
}

function createPartStage(): PartStage {
  const revisions = new Map<string, StagedRevision>();
  let lastText: string | undefined;
  let last: StagedRevision | undefined;
  return {
    note(revision, attempt, at) {
      if (revision !== lastText || !last) {
        const key = revision.length > REVISION_LENGTH ? revision.slice(0, REVISION_LENGTH) : revision;
        lastText = revision;
        last = revisions.get(key);
        if (!last) {
          last = { first: mark(attempt, at), last: mark(attempt, at) };
          revisions.set(key, last);
          if (revisions.size > 2 * REVISIONS_PER_PART) prune(revisions);
          return;
        }
      }
      moveEarlier(last.first, attempt, at);
      moveLater(last.last, attempt, at);
    },
    history() {
      if (revisions.size === 0) return undefined;
      const all: [string, Revision][] = [...revisions].map(([revision, staged]) => [
        revision,
        { firstSeen: seen(staged.first), lastSeen: seen(staged.last) },
      ]);
      return bounded(all);
    },
  };
}

/** Every call has another revision: the ones seen longest ago leave, before they fill the memory. */
function prune(revisions: Map<string, StagedRevision>): void {
  const oldest = [...revisions].sort(([, a], [, b]) => a.last.at - b.last.at);
  for (const [revision] of oldest.slice(0, oldest.length - REVISIONS_PER_PART)) revisions.delete(revision);
}

function mergeParts(a: PartHistory, b: PartHistory): PartHistory {
  const merged = new Map<string, Revision>(Object.entries(a));
  for (const [revision, right] of Object.entries(b)) {
    const left = merged.get(revision);
    merged.set(revision, left ? mergeRevisions(left, right) : right);
  }
  return bounded([...merged]);
}

function mergeRevisions(a: Revision, b: Revision): Revision {
  const firstSeen = compareSightings(a.firstSeen, b.firstSeen) <= 0 ? a.firstSeen : b.firstSeen;
  const lastSeen = compareSightings(a.lastSeen, b.lastSeen) >= 0 ? a.lastSeen : b.lastSeen;
  if (firstSeen === a.firstSeen && lastSeen === a.lastSeen) return a;
  return { firstSeen, lastSeen };
}

function bounded(revisions: [string, Revision][]): PartHistory {
  revisions.sort(([a, left], [b, right]) => compareSightings(right.lastSeen, left.lastSeen) || compareText(a, b));
  return Object.fromEntries(revisions.slice(0, REVISIONS_PER_PART));
}
