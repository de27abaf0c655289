/** What the SQLite store and its worker thread say to each other. */
import type { StoreDamage } from '../types/pipeline.ts';
import type { Changes, Contents } from '../types/store.ts';

export interface WorkerOptions {
  readonly path: string;
  readonly setAsideName: string;
  readonly maxPages: number | undefined;
}

export type Request =
  | { readonly id: number; readonly kind: 'load' }
  | { readonly id: number; readonly kind: 'commit'; readonly changes: Changes }
  | { readonly id: number; readonly kind: 'close' };

export type Reply =
  | { readonly kind: 'opened'; readonly damage: StoreDamage | undefined }
  | { readonly kind: 'refused'; readonly name: string; readonly message: string }
  | { readonly kind: 'part'; readonly id: number; readonly part: Partial<Contents> }
  | { readonly kind: 'done'; readonly id: number; readonly instanceId?: string }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
