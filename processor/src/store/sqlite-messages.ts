/** What the SQLite store and its worker thread say to each other. */
import type { StoreDamage } from '../types/pipeline.ts';
import type { Contents } from '../types/store.ts';
import type { Taken } from './pace.ts';

export interface WorkerOptions {
  readonly path: string;
  /** Where a damaged file goes; without it one is refused. */
  readonly setAsideName: string | undefined;
  readonly maxPages: number | undefined;
}

export type Request =
  | { readonly id: number; readonly kind: 'load'; readonly taken: Taken }
  /** All but the window, as `journal-entry.ts` writes it: a text crosses to the other thread several times faster than objects do. */
  | {
      readonly id: number;
      readonly kind: 'commit';
      readonly entry: string;
      readonly window: Uint32Array;
      readonly windowAt: number;
      /** Asked before, of a thread that died: it may be in the file already, as the newest commit. */
      readonly again?: true;
    }
  /** A part of what the journal's commits left, in the same form; with the last one it takes their place. */
  | { readonly id: number; readonly kind: 'fold'; readonly entry: string; readonly isLast: boolean }
  | {
      readonly id: number;
      readonly kind: 'load-sent' | 'begin-sent';
      readonly destination: string;
      readonly address: string;
    }
  | {
      readonly id: number;
      readonly kind: 'put-sent';
      readonly destination: string;
      /** JSON of records. */
      readonly json: string;
      readonly remove: readonly string[];
    }
  | { readonly id: number; readonly kind: 'forget-sent'; readonly destination: string }
  | { readonly id: number; readonly kind: 'close' };

export type Reply =
  | {
      readonly kind: 'opened';
      readonly damage: StoreDamage | undefined;
      /** Undefined while nothing was read of a new file. */
      readonly instanceId: string | undefined;
    }
  | { readonly kind: 'refused'; readonly name: string; readonly message: string }
  /** JSON of records. */
  | { readonly kind: 'records'; readonly id: number; readonly json: string }
  /** One of `load-text.ts`. */
  | { readonly kind: 'text'; readonly id: number; readonly text: string }
  | { readonly kind: 'window'; readonly id: number; readonly window: Contents['window'] }
  /** JSON of records. */
  | { readonly kind: 'sent'; readonly id: number; readonly json: string }
  | {
      readonly kind: 'done';
      readonly id: number;
      readonly instanceId?: string;
      readonly isBegun?: boolean;
      readonly isFull?: boolean;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
