/** What a receiver of either protocol is made of, and what its owner holds of it. */
import type { Batch } from '../types/pipeline.ts';
import type { KeyTable } from '../types/span.ts';
import type { Tokens } from './auth.ts';
import type { ReceiverLimits } from './limits.ts';
import type { RefusalReason } from './refusal.ts';

/** PEM files; `clientCaFile` asks every client for a certificate that it signed. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
}

export interface ReceiverOptions {
  readonly config: {
    readonly endpoint: { readonly host: string; readonly port: number };
    readonly tls: TlsFiles | undefined;
    /** Bytes after decompression. */
    readonly maxRequestBodySize: number;
  };
  /** The tokens that are accepted now, asked for by each request, since they may be read anew. */
  readonly tokens?: () => Tokens;
  readonly keys: KeyTable;
  readonly openBatch: (receivedAt: number) => Batch;
  /** Epoch ms. */
  readonly now: () => number;
  readonly limits?: Partial<ReceiverLimits>;
  /** Whether other processes write to the same store: see `ingest.ts`. */
  readonly readsAgain?: boolean;
  /** Called once for each request that was refused as a whole. */
  readonly onRejected?: (reason: RefusalReason) => void;
  /** Called with what nobody expected. */
  readonly onError?: (error: unknown) => void;
}

/** A listening receiver. */
export interface Receiver {
  readonly port: number;
  /** Takes no more requests, answers those that were read, and resolves when no connection is left. */
  close(): Promise<void>;
}
