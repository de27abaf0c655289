/** What the instrumentation needs to know of a breaker library. Types only. */

export interface BreakerLibrary {
  /** The module's name. */
  readonly module: string;
  readonly versions: readonly string[];
  /** Patches the module's exports; what is not that library is left alone. Returns how to undo it. */
  patch(exported: unknown): () => void;
}
