/**
 * One commit in flight, what comes meanwhile forms the next: staged batches in, a promise out that resolves when they are
 * durable and merged. A failed commit leaves neither the ledger nor the window changed.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChangedElsewhere, OutcomeUnknown, StoreUnavailable } from '../base/errors.ts';
import { createIdSet, type GrowingIdSet, type IdSet, type Window } from '../ledger/duplicate-window.ts';
import type { Item, Ledger } from '../ledger/ledger.ts';
import type { BufferedSpan } from '../traces/buffered-call.ts';
import type { Changes, Records, Removals, Store } from '../types/store.ts';
import type { ClockGuard } from './clock-guard.ts';
import type { Settlement } from './settlement.ts';

export interface CommitQueue {
  /** An empty set for a batch's hashes; it goes back with `join`. */
  takeIds(): GrowingIdSet;
  /**
   * Rejects with StoreUnavailable when the commit it is part of fails. Whoever joins leaves `ids` alone from then on; `kept` goes
   * to the trace window.
   */
  join(items: readonly Item[], ids?: GrowingIdSet, kept?: readonly BufferedSpan[]): Promise<void>;
  /** Hashes of what waits for a commit or is in one. */
  readonly pending: IdSet;
  /** How often something joined, and how often a commit failed: whoever looked at `pending` can tell whether that still holds. */
  readonly joins: number;
  readonly failures: number;
  readonly commits: number;
  /** Commits that the store could not take. */
  readonly storeErrors: number;
  /** Takes over what other processes committed to a shared store. Never rejects: `lastError` tells. */
  readChanges(): Promise<void>;
  /** Batches that wait. */
  readonly queued: number;
  readonly lastError: string | undefined;
  idle(): Promise<void>;
}

interface Group {
  readonly items: Item[];
  readonly kept: BufferedSpan[];
  /** Of the first batch that joined; the others' are added. */
  ids: GrowingIdSet | undefined;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  members: number;
}

const NONE: readonly BufferedSpan[] = [];
const NO_REMOVALS: Removals = { rows: [], chains: [], unassigned: [] };

/** Batches are staged one after the other, so that few sets are in use at once. */
const SPARE_SETS = 8;

export interface CommitContext {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly window: Window;
  readonly settlement: Settlement;
  readonly clock: ClockGuard;
  /** Epoch ms. */
  readonly now: () => number;
}

export function createCommitQueue({ ledger, store, window, settlement, clock, now }: CommitContext): CommitQueue {
  let open: Group | undefined;
  let inFlight: Group | undefined;
  let running = false;
  let flushed = Promise.resolve();
  let lastError: string | undefined;
  let readError: string | undefined;
  const readers: (() => void)[] = [];
  let storeErrors = 0;
  let joins = 0;
  let failures = 0;
  let commits = 0;

  const write = async (changes: Changes): Promise<Records | undefined> => {
    if (store.shared) return store.shared.commit(changes);
    await store.commit(changes);
    return undefined;
  };

  const commit = async (group: Group): Promise<void> => {
    const at = now();
    // Nothing but what the configuration names: it waits.
    const mayPull = !clock.isBehind(at);
    if (!mayPull && group.items.length === 0 && group.kept.length === 0) return;
    const settled = settlement.prepare(group.kept, at);
    const { changes, apply } = ledger.prepare([...group.items, ...settled.items], at, mayPull);
    const hashes = group.ids?.hashes() ?? new Uint32Array();
    const all: Changes = { ...changes, window: hashes, windowAt: at };
    // While the store cannot write, nothing to write is no proof that it can again: the store is asked.
    const isAsked = !isEmpty(all) || lastError !== undefined;
    const applyAll = (): void => {
      apply();
      settled.apply();
      window.add(hashes, at);
      clock.saw(at);
      commits++;
    };
    try {
      const kept = isAsked ? await write(all) : undefined;
      applyAll();
      if (kept) ledger.adopt({ isWhole: false, put: kept, remove: NO_REMOVALS });
    } catch (error) {
      if (error instanceof OutcomeUnknown) unknown = { wasKept: error.wasKept, apply: applyAll };
      throw error;
    }
    lastError = undefined;
  };

  /** Of the last commit, whose connection was lost: what it would change is known before anything else changes. */
  let unknown: { readonly wasKept: () => Promise<boolean>; readonly apply: () => void } | undefined;
  const decideUnknown = async (): Promise<void> => {
    if (!unknown) return;
    const { wasKept, apply } = unknown;
    if (await wasKept()) apply();
    unknown = undefined;
  };

  /** Between two commits, so that values never go back to what they were before one. */
  const readChanges = async (): Promise<void> => {
    try {
      await decideUnknown();
      await store.shared?.changes(ledger.adopt);
      readError = undefined;
    } catch (error) {
      readError = refusalOf(error).message;
    }
  };

  // Sets are used again: making one for each batch costs more than filling it.
  const spare: GrowingIdSet[] = [];
  const giveBack = (ids: GrowingIdSet | undefined): void => {
    if (!ids || spare.length >= SPARE_SETS || !ids.clear()) return;
    spare.push(ids);
  };

  const takeOpen = (): Group | undefined => {
    const group = open;
    open = undefined;
    return group;
  };

  const nextGroup = async (): Promise<Group | undefined> => {
    await nextTurn();
    return takeOpen();
  };

  const flush = async (): Promise<void> => {
    running = true;
    // What other requests bring in this turn of the event loop is in the same commit: it costs what one of them alone would.
    for (let group = await nextGroup(); group || readers.length > 0; group = await nextGroup()) {
      const waiting = readers.splice(0);
      if (waiting.length > 0) await readChanges();
      for (const done of waiting) done();
      if (!group) continue;
      inFlight = group;
      try {
        await decideUnknown();
        await commit(group);
        inFlight = undefined;
        giveBack(group.ids);
        group.resolve();
      } catch (error) {
        inFlight = undefined;
        failures++;
        const refusal = refusalOf(error);
        if (error instanceof ChangedElsewhere) {
          window.add(error.counted, now());
          await readChanges();
        } else {
          lastError = refusal.message;
          storeErrors++;
        }
        group.reject(refusal);
        // What came meanwhile may have left out spans as duplicates of the group that failed.
        takeOpen()?.reject(refusal);
      }
    }
    running = false;
  };

  return {
    join(items, ids, kept = NONE) {
      joins++;
      open ??= createGroup();
      const group = open;
      group.items.push(...items);
      for (const each of kept) group.kept.push(each);
      group.members++;
      if (ids && group.ids) {
        group.ids.addAll(ids.hashes());
        giveBack(ids);
      } else if (ids) group.ids = ids;
      if (!running) flushed = flush();
      return group.done;
    },
    takeIds: () => spare.pop() ?? createIdSet(),
    pending: { has: (high, low) => inFlight?.ids?.has(high, low) === true || open?.ids?.has(high, low) === true },
    get joins() {
      return joins;
    },
    get failures() {
      return failures;
    },
    get storeErrors() {
      return storeErrors;
    },
    readChanges() {
      return new Promise((resolve) => {
        readers.push(resolve);
        if (!running) flushed = flush();
      });
    },
    get commits() {
      return commits;
    },
    get queued() {
      return (inFlight?.members ?? 0) + (open?.members ?? 0);
    },
    get lastError() {
      return lastError ?? readError;
    },
    async idle() {
      while (running) await flushed;
    },
  };
}

function createGroup(): Group {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Nobody may be waiting: configuration joins without an answer.
  promise.catch(() => undefined);
  return { items: [], kept: [], ids: undefined, done: promise, resolve, reject, members: 0 };
}

function refusalOf(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreUnavailable(message, { cause: error });
}

function isEmpty({ put, remove, window }: Changes): boolean {
  return window.length === 0 && [...Object.values(put), ...Object.values(remove)].every((list) => list.length === 0);
}
