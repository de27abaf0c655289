/** What a store keeps: the ledger's absolute values, written row by row. Times in epoch ms. */
import type { ExerciseKind, RouteType } from '@warmspare/semconv';
import type { StoredFactKind } from './facts.ts';
import type { StoreDamage } from './pipeline.ts';
import type { SentStore } from './sent.ts';
import type { FailureSighting, Sighting } from './snapshot.ts';

/** The primary key of a row. A chain's own series have an empty `target` and `routeType`. */
export interface RowKey {
  readonly namespace: string;
  readonly service: string;
  readonly environment: string;
  readonly chain: string;
  readonly target: string;
  readonly routeType: RouteType | '';
}

/** The newest sightings of one exercise kind; the last attempt is the later of the two. */
export interface KindEvidence {
  readonly success: Sighting | undefined;
  readonly failure: FailureSighting | undefined;
}

/** What merges: a max over timestamps, a min for the declaration. */
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

/** What a row is beside its series and facts. */
export interface RowStanding {
  readonly placeholder: boolean;
  readonly state: RowState;
}

export interface ChainRecord extends Omit<RowKey, 'target' | 'routeType'> {
  /** Greatest receipt time of an announcement. */
  readonly announcedAt: number;
}

/** One counter or histogram of this writer; `counts` and `sum` are set on histograms, where `value` is the count. */
export interface SeriesRecord {
  /** One object a kind, most often. */
  readonly kind: {
    readonly metric: string;
    /** JSON of the attributes beyond the row's, keys in a fixed order. */
    readonly attributes: string;
  };
  readonly value: number;
  readonly sum: number;
  readonly counts: readonly number[] | undefined;
  readonly startTime: number;
}

/** One member of the facts of a row or a chain. */
export interface FactRecord {
  readonly kind: StoredFactKind;
  /** What JSON can say. Nobody changes it. */
  readonly value: unknown;
}

/** One row, or one chain (whose key has an empty target): of a commit what it puts, of what was kept all of it. */
export interface OwnerRecord {
  readonly key: RowKey;
  /** Undefined for a chain, and in a commit where the store has it already. */
  readonly row: RowStanding | undefined;
  readonly series: readonly SeriesRecord[];
  readonly facts: readonly FactRecord[];
}

/** By service, provider and model; an absent part is the empty string. */
export interface UnassignedKey {
  readonly namespace: string;
  readonly service: string;
  readonly environment: string;
  readonly provider: string;
  readonly requestModel: string;
}

/** Calls that no chain claims. */
export interface UnassignedRecord extends UnassignedKey {
  readonly calls: number;
  readonly lastSeen: number;
}

export interface WatermarkRecord {
  readonly namespace: string;
  readonly service: string;
  readonly environment: string;
  readonly at: number;
}

export interface Tombstone extends RowKey {
  readonly at: number;
}

/** One atomic change. Removals come first, then what is put. */
export interface Changes {
  /** With their series and facts; an empty target means the chain itself. */
  readonly removeRows: readonly RowKey[];
  /** Only in journals of earlier versions: a retirement outlives the row's return, so that evidence from before it never counts. */
  readonly removeTombstones: readonly RowKey[];
  readonly removeUnassigned: readonly UnassignedKey[];
  /** Each row and chain once. */
  readonly owners: readonly OwnerRecord[];
  readonly chains: readonly ChainRecord[];
  readonly watermarks: readonly WatermarkRecord[];
  readonly tombstones: readonly Tombstone[];
  readonly unassigned: readonly UnassignedRecord[];
  /** Pairs of words: the hashes that join the duplicate window, oldest first. */
  readonly window: Uint32Array;
  readonly windowAt: number;
}

/** Everything that a store gives back at start. */
export interface Contents {
  readonly chains: readonly ChainRecord[];
  /** Series and facts of what is neither a row nor a chain are left out. */
  readonly owners: readonly OwnerRecord[];
  readonly watermarks: readonly WatermarkRecord[];
  readonly tombstones: readonly Tombstone[];
  readonly unassigned: readonly UnassignedRecord[];
  /** Each commit's hashes with its time, oldest first; at least the newest 2^20 hashes. */
  readonly window: readonly { readonly at: number; readonly hashes: Uint32Array }[];
}

/** Whoever commits has in memory what the commits left, and gives it, so that the store need not read them again. */
export interface Folds {
  /** Whether so many commits wait that they should be folded. */
  readonly isDue: boolean;
  /**
   * `owners`: what all commits before this left of rows and chains; taken bit by bit. No commit may come before this has resolved. Where
   * it rejects nothing is lost: the commits still wait.
   */
  fold(owners: Iterable<OwnerRecord>): Promise<void>;
}

export interface Store {
  /** A damaged file was set aside when this store was opened. */
  readonly damage: StoreDamage | undefined;
  /**
   * Gives everything in parts, chains before what belongs to them, hashes oldest first, so that nobody holds it twice.
   * Resolves to the instance id.
   */
  load(take: (part: Partial<Contents>) => void): Promise<string>;
  /** Of a store that keeps commits as they came, until they are folded into what it loads from. */
  readonly folds?: Folds;
  /** Resolves when durable, all or nothing. Rejects with StoreUnavailable where a later try may succeed. */
  commit(changes: Changes): Promise<void>;
  readonly sent: SentStore;
  close(): Promise<void>;
}
