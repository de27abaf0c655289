/**
 * The contract of a chain as its primary's spans show it: each part's revisions with their first and last sighting. Merging takes
 * the earlier first and the later last, so that the order and the repetition of spans do not matter.
 */

import { type CallOutcome, CONTRACT_PARTS, type ContractPart } from '@warmspare/semconv';
import { cut } from '../base/texts.ts';
import type { Attempt } from '../types/evidence.ts';
import type { ContractHistory, PartHistory, Revision } from '../types/facts.ts';
import type { Sighting } from '../types/snapshot.ts';
import { compareSightings, compareText, MutableSighting } from './mutable-sighting.ts';

/** Revisions kept a part; beyond, the one seen longest ago leaves. Seen again, it is new. No counter tells: the drift that it may have been part of says so. */
export const REVISIONS_PER_PART = 32;
/** Longer ones are cut: a revision is a name or a hash. */
const REVISION_LENGTH = 200;

/**
 * What one batch shows of a contract; `parts` are those that its spans speak of. `known` is what is committed of it: a revision that
 * was seen before this batch keeps its first sighting, and none is made to be thrown away when they merge.
 */
export class ContractStage {
  readonly #parts: readonly ContractPart[];
  readonly #known: ContractHistory | undefined;
  readonly #stages: Partial<Record<ContractPart, PartStage>> = {};

  constructor(parts: readonly ContractPart[], known?: ContractHistory) {
    this.#parts = parts;
    this.#known = known;
  }

  /** `at`: epoch ms. Calls that were cancelled show nothing. */
  note(attempt: Attempt, outcome: CallOutcome, at: number): void {
    if (outcome === 'cancelled' || outcome === 'miss') return;
    for (const part of this.#parts) {
      const revision = revisionOf(part, attempt, outcome);
      if (revision === undefined) continue;
      const stage = this.#stages[part];
      if (stage) stage.note(revision, attempt, at);
      else this.#stages[part] = new PartStage(revision, attempt, at, this.#known?.[part]);
    }
  }

  history(): ContractHistory | undefined {
    const history: Partial<Record<ContractPart, PartHistory>> = {};
    let isEmpty = true;
    for (const part of this.#parts) {
      const stage = this.#stages[part];
      if (!stage) continue;
      history[part] = stage.history();
      isEmpty = false;
    }
    return isEmpty ? undefined : history;
  }
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

interface StagedRevision {
  /** The committed one while that is the earlier, else the first of this batch. */
  first: Sighting | MutableSighting;
  last: number;
}

/** Most batches show one revision a part: the map is made for the second. */
class PartStage {
  readonly #known: PartHistory | undefined;
  #text: string;
  #current: StagedRevision;
  #all: Map<string, StagedRevision> | undefined;
  #forgottenAt = 0;

  constructor(revision: string, attempt: Attempt, at: number, known: PartHistory | undefined) {
    this.#known = known;
    this.#text = revision;
    this.#current = openRevision(keyOf(revision), attempt, at, known);
  }

  note(revision: string, attempt: Attempt, at: number): void {
    if (revision !== this.#text) this.#turnTo(revision, attempt, at);
    const current = this.#current;
    if (current.first instanceof MutableSighting) current.first.moveEarlier(attempt, at);
    else if (at <= current.first.at) current.first = new MutableSighting(attempt, at);
    if (at > current.last) current.last = at;
  }

  history(): PartHistory {
    if (!this.#all) return { revisions: { [keyOf(this.#text)]: revisionSeen(this.#current) }, forgottenAt: 0 };
    const revisions = [...this.#all].map(([revision, staged]): [string, Revision] => [revision, revisionSeen(staged)]);
    return bounded(revisions, this.#forgottenAt);
  }

  #turnTo(revision: string, attempt: Attempt, at: number): void {
    this.#all ??= new Map([[keyOf(this.#text), this.#current]]);
    const key = keyOf(revision);
    const known = this.#all.get(key);
    this.#text = revision;
    this.#current = known ?? openRevision(key, attempt, at, this.#known);
    if (known) return;
    this.#all.set(key, this.#current);
    if (this.#all.size <= 2 * REVISIONS_PER_PART) return;
    this.#forgottenAt = Math.max(this.#forgottenAt, prune(this.#all, key));
  }
}

function openRevision(key: string, attempt: Attempt, at: number, history: PartHistory | undefined): StagedRevision {
  const known = history && Object.hasOwn(history.revisions, key) ? history.revisions[key]?.firstSeen : undefined;
  return { first: known && known.at < at ? known : new MutableSighting(attempt, at), last: at };
}

const keyOf = (revision: string): string => cut(revision, REVISION_LENGTH);

function revisionSeen({ first, last }: StagedRevision): Revision {
  return { firstSeen: first instanceof MutableSighting ? first.seen() : first, lastSeen: last };
}

/** Every call has another revision: the ones seen longest ago leave, before they fill the memory. Returns when the last of them was seen. */
function prune(revisions: Map<string, StagedRevision>, current: string): number {
  const oldest = [...revisions].sort(([, a], [, b]) => a.last - b.last);
  let forgottenAt = 0;
  for (const [revision, { last }] of oldest.slice(0, oldest.length - REVISIONS_PER_PART)) {
    if (revision === current) continue;
    revisions.delete(revision);
    forgottenAt = last;
  }
  return forgottenAt;
}

function mergeParts(a: PartHistory, b: PartHistory): PartHistory {
  const forgottenAt = Math.max(a.forgottenAt, b.forgottenAt);
  const names = Object.keys(b.revisions);
  const only = names.length === 1 ? names[0] : undefined;
  const shown = only === undefined ? undefined : b.revisions[only];
  // Most batches show again the one revision that is in force: nothing has to be put in order, and nothing leaves.
  if (only !== undefined && shown && Object.hasOwn(a.revisions, only)) {
    const known = a.revisions[only] ?? shown;
    return { revisions: { ...a.revisions, [only]: mergeRevisions(known, shown) }, forgottenAt };
  }
  const merged = new Map<string, Revision>(Object.entries(a.revisions));
  for (const [revision, right] of Object.entries(b.revisions)) {
    const left = merged.get(revision);
    merged.set(revision, left ? mergeRevisions(left, right) : right);
  }
  return bounded([...merged], forgottenAt);
}

function mergeRevisions(a: Revision, b: Revision): Revision {
  const isFirst = a.firstSeen === b.firstSeen || compareSightings(a.firstSeen, b.firstSeen) <= 0;
  const firstSeen = isFirst ? a.firstSeen : b.firstSeen;
  const lastSeen = Math.max(a.lastSeen, b.lastSeen);
  if (firstSeen === a.firstSeen && lastSeen === a.lastSeen) return a;
  return { firstSeen, lastSeen };
}

function bounded(revisions: [string, Revision][], forgottenAt: number): PartHistory {
  revisions.sort(([a, left], [b, right]) => right.lastSeen - left.lastSeen || compareText(a, b));
  const kept = Object.fromEntries(revisions.slice(0, REVISIONS_PER_PART));
  return { revisions: kept, forgottenAt: Math.max(forgottenAt, revisions[REVISIONS_PER_PART]?.[1].lastSeen ?? 0) };
}
