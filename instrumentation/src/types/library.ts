/** A library that is patched in its exports: what is found there, and what stands in the place of it. Types only. */
import type { Call, CallRequest } from './call.ts';

export interface PatchedLibrary {
  readonly module: string;
  /** Major versions whose internals were looked at; any other is left alone. */
  readonly majors: readonly number[];
  /** Files of the package that are patched as well, by their paths inside it, as `import` and `require` load them. */
  readonly files?: readonly string[];
  /** Subpaths that apps import: `language-model` of `ai-retry/language-model`. */
  readonly subpaths?: readonly string[];
  /**
   * Patches what a module exports, and returns the exports to replace by name. What it wraps does nothing of its own while `live` gives
   * undefined: the instrumentation is switched off.
   */
  patch(exported: unknown, live: LiveRecorder): ReadonlyMap<string, unknown>;
}

/** Undefined while the instrumentation is switched off. */
export type LiveRecorder = () => { begin(request: CallRequest, args?: readonly unknown[]): Call } | undefined;
