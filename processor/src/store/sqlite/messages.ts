/** The messages between the SQLite store and its worker thread: one reply a request, in order. */
import type { StoreDamage } from '../../types/pipeline.ts';
import type { SentRecord } from '../../types/sent.ts';
import type { Changes, Contents } from '../../types/store.ts';

export interface WorkerOptions {
  readonly path: string;
  /** The name that a damaged file gets. */
  readonly setAsideName: string;
  /** A damaged file is refused. */
  readonly keepsDamage?: boolean;
  readonly maxPages: number | undefined;
}

/** Records cross as texts: those cross several times faster than objects. */
export type Request = { readonly id: number } & (
  | { readonly kind: 'load-records' | 'load-window'; readonly after: number }
  | {
      readonly kind: 'commit';
      /** Keys and bodies by turns. */
      readonly put: readonly string[];
      /** Keys. */
      readonly remove: readonly string[];
      readonly window: Changes['window'];
      readonly windowAt: number;
      /** Asked before, of a thread that died: the file may have it already, as the newest commit. */
      readonly again?: true;
    }
  | { readonly kind: 'load-sent'; readonly destination: string; readonly address: string; readonly after: string }
  | {
      readonly kind: 'put-sent';
      readonly destination: string;
      readonly records: readonly SentRecord[];
      readonly remove: readonly string[];
    }
  | { readonly kind: 'begin-sent'; readonly destination: string; readonly address: string }
  | { readonly kind: 'forget-sent'; readonly destination: string }
  | { readonly kind: 'close' }
);

/** A part of what was asked for; `next` is the `after` of the next part, undefined with the last one. */
export interface Answer {
  readonly records?: readonly string[];
  readonly window?: Contents['window'];
  readonly sent?: readonly SentRecord[];
  /** Whether the destination was begun with this address. */
  readonly isBegun?: boolean;
  readonly next?: number | string | undefined;
  /** Damage that was found since the thread started. */
  readonly damage?: StoreDamage | undefined;
}

export type Reply =
  | { readonly kind: 'opened'; readonly instanceId: string; readonly damage: StoreDamage | undefined }
  | { readonly kind: 'refused'; readonly name: string; readonly message: string }
  | ({ readonly kind: 'done'; readonly id: number } & Answer)
  | { readonly kind: 'damage'; readonly damage: StoreDamage }
  /** Nothing more is answered, and a thread that is started again would do no better. */
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
