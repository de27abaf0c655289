/** What all patched methods of one instrumentation record their calls with, whether or not an SDK exists. */
import type { Call, CallRequest } from '../types/call.ts';
import { createPricer, type PriceHook } from './cost.ts';
import { RecordedCall } from './recorded-call.ts';
import type { Recording } from './recording.ts';

export interface RecorderOptions extends Omit<Recording, 'pricer'> {
  readonly price: PriceHook | undefined;
}

export interface Recorder {
  /** `args`: what the client's method was called with, for the user's hook. */
  begin(request: CallRequest, args?: readonly unknown[]): Call;
}

/** Makes the recorder that all patched methods of one instrumentation share. What `options` says is read at each call. */
export function createRecorder(options: RecorderOptions): Recorder {
  const recording: Recording = {
    tracer: options.tracer,
    pricer: createPricer((call) => options.price?.(call)),
    get promptFingerprint() {
      return options.promptFingerprint;
    },
    get spans() {
      return options.spans;
    },
    get requestHook() {
      return options.requestHook;
    },
    get responseHook() {
      return options.responseHook;
    },
  };
  usesClients = true;
  return { begin: (request, args = NO_ARGUMENTS) => new RecordedCall(request, recording, args) };
}

let usesClients = false;

/** Whether any client of this process may be patched. */
export function isUsingClients(): boolean {
  return usesClients;
}

const NO_ARGUMENTS: readonly unknown[] = [];
