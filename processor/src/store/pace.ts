/**
 * Keeps the thread that gives parts near the one that takes them. It produces them faster, and what waits between the two is memory
 * that the process would keep.
 */

/** How many parts were taken; both threads see it. */
export type Taken = Int32Array<SharedArrayBuffer>;

/** Parts of some 100 kB: enough to work on while the other thread is busy with something else. */
const AHEAD = 32;

export function noneTaken(): Taken {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

export function countTaken(taken: Taken): void {
  Atomics.add(taken, 0, 1);
  Atomics.notify(taken, 0);
}

/** For the thread that gives: to be called after each part, it waits there while too many are on their way. */
export function createPace(taken: Taken): () => void {
  let given = 0;
  return () => {
    given++;
    for (let seen = Atomics.load(taken, 0); given - seen >= AHEAD; seen = Atomics.load(taken, 0)) {
      Atomics.wait(taken, 0, seen);
    }
  };
}
