/** What all patched methods of one instrumentation record their calls with, whether or not an SDK exists. */
import type { Call, CallRequest } from './clients/call.ts';
import { createPricer, type PriceHook } from './cost.ts';
import { RecordedCall, type Recording } from './recorded-call.ts';

export interface RecorderOptions extends Omit<Recording, 'pricer'> {
  readonly price: PriceHook | undefined;
}

export interface Recorder {
  begin(request: CallRequest): Call;
}

/** Makes the recorder that all patched methods of one instrumentation share. */
export function createRecorder({ price, ...options }: RecorderOptions): Recorder {
  const recording: Recording = { ...options, pricer: createPricer(price) };
  return { begin: (request) => new RecordedCall(request, recording) };
}
