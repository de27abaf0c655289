/**
 * Tells V8 to keep the heap of a service near what the ledger needs. It changes how often memory is collected, never what is kept. Without
 * it a flood of a million names peaks at 292 MiB in place of 187 and steady traffic at 165 to 248 in place of 146 to 183, for 0 to 8% less CPU
 * per span (test/bench/README.md): memory is what a pod's limit makes users feel.
 */
import { setFlagsFromString } from 'node:v8';

/**
 * To be called once the modules are loaded and the store's thread is started: with flags that changed, V8 takes none of the compiled code
 * that Node.js brings along. Left alone, it gives what is short-lived up to 128 MiB on a large machine. Here the space for it stays at
 * what loading the modules took.
 */
export function keepNurserySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * To be called once the store is loaded: all of that stays, and looking for what does not would take a seventh of a start. Left alone, V8
 * lets old objects grow to a multiple of the ledger before it collects them: several times what 10,000 rows take. Here a full
 * collection comes when the heap has grown by a third.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
}
