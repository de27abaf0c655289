/**
 * What a store keeps for the ledger, and the contract that every store meets. Pass an object of type {@link Store} to the service or to an
 * in-process ledger to keep the evidence where you like. Times in epoch ms.
 */
import type { ExerciseKind, RouteType } from '@warmspare/semconv';
import type { Facts } from './facts.ts';
import type { StoreDamage } from './pipeline.ts';
import type { SentStore } from './sent.ts';
import type { FailureSighting, Sighting } from './snapshot.ts';

/** The key of a service; an absent part is the empty string, as in the keys below. */
export interface ServiceKey {
  readonly namespace: string;
  readonly service: string;
  readonly environment: string;
}

/** The key of a chain of a service. */
export interface ChainKey extends ServiceKey {
  readonly chain: string;
}

/** The key of a row. Inside the ledger a chain has one as well, with an empty `target` and `routeType`. */
export interface RowKey extends ChainKey {
  readonly target: string;
  readonly routeType: RouteType | '';
}

/** The newest sightings of one exercise kind; the last attempt is the later of the two. */
export interface KindEvidence {
  readonly success: Sighting | undefined;
  readonly failure: FailureSighting | undefined;
}

/** Merges with another one: a max over timestamps, a min for the declaration. */
export interface RowState {
  /** As the newest announcement has it. */
  readonly rank: number | undefined;
  /** Smallest receipt time of an announcement, a configuration or an attempt. */
  readonly declaredAt: number;
  /** Greatest receipt time of an announcement that lists the target; 0 while none did. */
  readonly announcedAt: number;
  /** Greatest receipt time of a span that names the target; 0 on rows that only configuration knows. */
  readonly seenAt: number;
  readonly evidence: Readonly<Partial<Record<ExerciseKind, KindEvidence>>>;
}

/** One counter or histogram; `counts` and `sum` are set on histograms, where `value` is the count. */
export interface SeriesRecord {
  readonly kind: {
    readonly metric: string;
    /** JSON of the attributes beyond the row's, keys in a fixed order. */
    readonly attributes: string;
  };
  /** In the metric's unit; of a histogram the number of observations. */
  readonly value: number;
  /** Of all observations, in the metric's unit; 0 on counters. */
  readonly sum: number;
  readonly counts: readonly number[] | undefined;
  /** When the series began at zero, epoch ms. */
  readonly startTime: number;
}

/** A row with all of its series and facts. */
export interface RowRecord {
  readonly key: RowKey;
  readonly placeholder: boolean;
  readonly state: RowState;
  readonly series: readonly SeriesRecord[];
  /** Plain JSON. Loaded facts may have members that this version does not know. */
  readonly facts: Facts;
}

/** A chain with all of its own series and facts, without its rows. */
export interface ChainRecord {
  readonly key: ChainKey;
  /** Greatest receipt time of an announcement. */
  readonly announcedAt: number;
  readonly series: readonly SeriesRecord[];
  readonly facts: Facts;
}

/** The newest span of a service. */
export interface WatermarkRecord extends ServiceKey {
  /** Epoch ms. */
  readonly at: number;
}

/** When a row was retired last. It stays when the row comes back, so that evidence from before never counts. */
export interface Tombstone extends RowKey {
  /** Epoch ms. */
  readonly at: number;
}

/** The key of unassigned calls. */
export interface UnassignedKey extends ServiceKey {
  readonly provider: string;
  readonly requestModel: string;
}

/** Calls that no chain claims. */
export interface UnassignedRecord extends UnassignedKey {
  /** How many there were. */
  readonly calls: number;
  /** The end of the newest one, epoch ms. */
  readonly lastSeen: number;
  /** The model of a failed call that one of them may have stood in for, the newest. */
  readonly insteadOf?: string | undefined;
}

/** The entities of a store, each of them one record. */
export interface Records {
  readonly rows: readonly RowRecord[];
  readonly chains: readonly ChainRecord[];
  readonly watermarks: readonly WatermarkRecord[];
  readonly tombstones: readonly Tombstone[];
  readonly unassigned: readonly UnassignedRecord[];
}

/** The entities that a commit removes. A chain leaves without its rows. */
export interface Removals {
  readonly rows: readonly RowKey[];
  readonly chains: readonly ChainKey[];
  readonly unassigned: readonly UnassignedKey[];
}

/** One atomic change: removals first, then what is put. */
export interface Changes {
  readonly remove: Removals;
  /**
   * Entities that changed, whole, as the ledger has them after the commit. They are the ledger's own objects: read them before `commit`
   * returns its promise, and copy what you keep.
   */
  readonly put: Records;
  /**
   * The share of this commit in each entity of `put`: counters, activity and unassigned calls as differences, all else as it is in `put`. A
   * store that several processes write adds and merges these. To be called before `commit` returns its promise.
   */
  added(): Records;
  /** The hashes that join the duplicate window, pairs of words, oldest first. */
  readonly window: Uint32Array;
  /** The time of the commit, epoch ms. */
  readonly windowAt: number;
}

/** All that a store gives back at start. */
export interface Contents extends Records {
  /** The hashes of each commit with its time, oldest first; at least the newest 2^20 hashes. */
  readonly window: readonly { readonly at: number; readonly hashes: Uint32Array }[];
}

/** What other processes changed. */
export interface ChangedPart {
  /** What follows is everything that the store has: whatever it does not name is gone. True of the first part only. */
  readonly isWhole: boolean;
  readonly put: Records;
  readonly remove: Removals;
}

/** A store that several processes write at once. */
export interface SharedStore {
  /**
   * As the store's own `commit`. Resolves to what the store has then of the entities that were put, with what other processes added. Rejects
   * with ChangedElsewhere where another process has counted some of the spans, or removed what they belong to.
   */
  commit(changes: Changes): Promise<Records>;
  /**
   * Gives the entities that any process changed since `load` or since the last call, some of them again, each as the store has it now. Not to
   * be called while a commit is under way.
   */
  changes(take: (part: ChangedPart) => void): Promise<void>;
  /** Takes the lease of this name for so many milliseconds, or keeps it. Resolves to false where another process has it. */
  lease(name: string, milliseconds: number): Promise<boolean>;
}

/** Keeps the ledger durably. One pipeline uses it, one call after the other, but for `sent`, whose calls may come meanwhile. */
export interface Store {
  /** The damage that the store has found so far in what it kept, and set aside. */
  readonly damage: StoreDamage | undefined;
  /** Brings what an earlier version kept up to date, before `load`. Rejects where a later version wrote it. */
  migrate?(): Promise<void>;
  /** Gives everything, in parts, in any order but for the window. Resolves to the instance id: counters belong to it. */
  load(take: (part: Partial<Contents>) => void): Promise<string>;
  /**
   * Resolves when the change is durable, all of it or nothing. A rejection refuses the spans in a way that makes their sender try again.
   */
  commit(changes: Changes): Promise<void>;
  readonly sent: SentStore;
  /** Of a store that several processes write at once. */
  readonly shared?: SharedStore | undefined;
  close(): Promise<void>;
}
