/** The hashes of the newest spans that were counted: tells whether a span was counted before. The oldest make room; zero ids are never kept. */

/** A set of 64-bit hashes, each given as two words. */
export interface IdSet {
  has(high: number, low: number): boolean;
}

/** The newest `capacity` hashes, in a ring beside an open-addressed index. */
export interface Window extends IdSet {
  readonly size: number;
  /** When the oldest hash came in (epoch ms); -Infinity while none had to leave. */
  readonly since: number;
  /** Pairs of words, oldest first, all counted at `at`. They are left alone from then on: looked at when somebody asks. */
  add(hashes: Uint32Array, at: number): void;
}

export const WINDOW_CAPACITY: number = 2 ** 20;

/** First word of the hash of trace and span id; with {@link hashLow} 64 bits. Ids are mostly random already, but not all senders' are. */
export function hashHigh(ids: Uint32Array): number {
  return mix(ids, 0x9e3779b1, 0x85ebca6b);
}

export function hashLow(ids: Uint32Array): number {
  return mix(ids, 0xc2b2ae35, 0x27d4eb2f);
}

/** Whether a span can be recognised: both ids are set. */
export function hasIds(ids: Uint32Array): boolean {
  const trace = (ids[0] ?? 0) | (ids[1] ?? 0) | (ids[2] ?? 0) | (ids[3] ?? 0);
  return trace !== 0 && ((ids[4] ?? 0) | (ids[5] ?? 0)) !== 0;
}

/** An entry of the index: ring position plus one (0 is free), how far it stands from its home slot, and five bits of the hash. */
const POSITION = 2 ** 21 - 1;
const DISTANCE_SHIFT = 21;
const MAX_DISTANCE = 63;
const MARK_SHIFT = 27;

/** `capacity`: at most {@link WINDOW_CAPACITY}. */
export function createWindow(capacity: number = WINDOW_CAPACITY): Window {
  const ring = new Uint32Array(capacity * 2);
  // Twice the capacity keeps probes short; with bits of the hash in the entry a probe looks into the ring for what it found
  // only, and each look elsewhere is a cache miss.
  const mask = 2 ** Math.ceil(Math.log2(capacity * 2)) - 1;
  const index = new Int32Array(mask + 1);
  const marks: { count: number; at: number }[] = [];
  let next = 0;
  let size = 0;
  let evicted = false;
  const touched = new Int32Array(1);

  const find = (high: number, low: number): number => {
    let slot = low & mask;
    for (let entry = index[slot] ?? 0; entry !== 0; slot = (slot + 1) & mask, entry = index[slot] ?? 0) {
      if (entry >>> MARK_SHIFT !== high >>> MARK_SHIFT) continue;
      const at = ((entry & POSITION) - 1) * 2;
      if (ring[at] === high && ring[at + 1] === low) return slot;
    }
    return ~slot;
  };

  const entryAt = (slot: number, home: number, position: number, mark: number): number =>
    (mark << MARK_SHIFT) | (Math.min((slot - home) & mask, MAX_DISTANCE) << DISTANCE_SHIFT) | (position + 1);

  const homeOf = (slot: number, entry: number): number => {
    const distance = (entry >>> DISTANCE_SHIFT) & MAX_DISTANCE;
    if (distance < MAX_DISTANCE) return (slot - distance) & mask;
    return (ring[(entry & POSITION) * 2 - 1] ?? 0) & mask;
  };

  /** Frees the entry of a ring position and closes the gap, so that later probes still find what stood behind it. */
  const remove = (position: number): void => {
    let gap = (ring[position * 2 + 1] ?? 0) & mask;
    while (((index[gap] ?? 0) & POSITION) !== position + 1) gap = (gap + 1) & mask;
    for (let slot = (gap + 1) & mask; ; slot = (slot + 1) & mask) {
      const entry = index[slot] ?? 0;
      if (entry === 0) break;
      const home = homeOf(slot, entry);
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      index[gap] = entryAt(gap, home, (entry & POSITION) - 1, entry >>> MARK_SHIFT);
      gap = slot;
    }
    index[gap] = 0;
  };

  const evictOldest = (): void => {
    remove(next);
    size--;
    evicted = true;
    const oldest = marks[0];
    if (oldest && --oldest.count === 0) marks.shift();
  };

  /** Each hash is a cache miss of its own: those that are asked for together are waited for together, in half of the time. */
  const touch = (hashes: Uint32Array): void => {
    let entries = 0;
    for (let from = 1; from < hashes.length; from += 2) entries |= index[(hashes[from] ?? 0) & mask] ?? 0;
    // Written where it is kept, or the engine might leave out what nobody reads.
    touched[0] = entries;
  };

  const take = (hashes: Uint32Array, at: number): void => {
    touch(hashes);
    let added = 0;
    for (let from = 0; from + 1 < hashes.length; from += 2) {
      const high = hashes[from] ?? 0;
      const low = hashes[from + 1] ?? 0;
      let slot = find(high, low);
      if (slot >= 0) continue;
      if (size === capacity) {
        evictOldest();
        slot = find(high, low);
      }
      ring[next * 2] = high;
      ring[next * 2 + 1] = low;
      index[~slot] = entryAt(~slot, low & mask, next, high >>> MARK_SHIFT);
      next = (next + 1) % capacity;
      size++;
      added++;
      // The mark is there before the next eviction looks for it.
      if (added === 1) marks.push({ count: 1, at });
      else {
        const mark = marks.at(-1);
        if (mark) mark.count++;
      }
    }
  };

  /** A start brings a whole window, a tenth of a second of work that only the first span needs: until it comes, a scrape need not wait. */
  let waiting: { readonly hashes: Uint32Array; readonly at: number }[] = [];
  const takeWaiting = (): void => {
    if (waiting.length === 0) return;
    for (const { hashes, at } of waiting) take(hashes, at);
    waiting = [];
  };

  return {
    get size() {
      takeWaiting();
      return size;
    },
    get since() {
      takeWaiting();
      return evicted ? (marks[0]?.at ?? Number.NEGATIVE_INFINITY) : Number.NEGATIVE_INFINITY;
    },
    has(high, low) {
      takeWaiting();
      return find(high, low) >= 0;
    },
    add(hashes, at) {
      if (hashes.length > 0) waiting.push({ hashes, at });
    },
  };
}

/** A growing set for the hashes of one batch or one group of batches. */
export interface GrowingIdSet extends IdSet {
  readonly size: number;
  /** False where it was there already. */
  add(high: number, low: number): boolean;
  addAll(hashes: Uint32Array): void;
  /** Pairs of words in the order they were added: a copy. */
  hashes(): Uint32Array;
  /** Empties it for another use; false where it grew so large that it is better thrown away. */
  clear(): boolean;
}

/** Words of a set that is not kept for another use. */
const LARGE = 2 ** 16;

export function createIdSet(): GrowingIdSet {
  // Room for a usual batch of 512 spans.
  let entries = new Uint32Array(2048);
  let index = new Uint32Array(2048);
  let size = 0;

  const find = (high: number, low: number): number => {
    const mask = index.length - 1;
    let slot = low & mask;
    for (let entry = index[slot] ?? 0; entry !== 0; slot = (slot + 1) & mask, entry = index[slot] ?? 0) {
      if (entries[entry * 2 - 2] === high && entries[entry * 2 - 1] === low) return slot;
    }
    return ~slot;
  };

  const grow = (): void => {
    const old = entries;
    entries = new Uint32Array(old.length * 2);
    entries.set(old);
    index = new Uint32Array(index.length * 2);
    for (let entry = 1; entry <= size; entry++) {
      index[~find(entries[entry * 2 - 2] ?? 0, entries[entry * 2 - 1] ?? 0)] = entry;
    }
  };

  const add = (high: number, low: number): boolean => {
    const slot = find(high, low);
    if (slot >= 0) return false;
    entries[size * 2] = high;
    entries[size * 2 + 1] = low;
    size++;
    index[~slot] = size;
    if (size * 2 === entries.length) grow();
    return true;
  };

  return {
    get size() {
      return size;
    },
    has: (high, low) => find(high, low) >= 0,
    add,
    addAll(hashes) {
      for (let from = 0; from + 1 < hashes.length; from += 2) add(hashes[from] ?? 0, hashes[from + 1] ?? 0);
    },
    hashes: () => entries.slice(0, size * 2),
    clear() {
      if (index.length > LARGE) return false;
      index.fill(0);
      size = 0;
      return true;
    },
  };
}

function mix(ids: Uint32Array, seed: number, factor: number): number {
  let hash = seed | 0;
  for (let position = 0; position < 6; position++) {
    hash = Math.imul(hash ^ (ids[position] ?? 0), factor);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0x165667b1);
  return (hash ^ (hash >>> 16)) >>> 0;
}
