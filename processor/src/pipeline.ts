/** Spans in, durable evidence, snapshots and metric points out: wires the stages to one ledger and one store. It reads no clock but the one given. */
import type { Limits, Pipeline } from './types/pipeline.ts';
import type { Policies } from './types/policy.ts';
import type { Store } from './types/store.ts';

export interface PipelineOptions {
  readonly policies: Policies;
  readonly store: Store;
  /** Epoch ms. */
  readonly now: () => number;
  readonly limits?: Partial<Limits>;
}

/** Loads the store and is ready to take batches. The pipeline owns the store from here: `close()` closes it. */
export function createPipeline(options: PipelineOptions): Promise<Pipeline> {
  return Promise.reject(new Error(`not wired yet: ${options.policies.chains.length} chains`));
}
