/**
 * A process of its own for one instrumentation and one SDK: calls a client whose fetch answers from memory, and tells its parent what
 * a call took of the CPU and of the heap. Needs `--expose-gc`. Fails where a call did not give the spans that it should.
 */
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { OpenAI } from 'openai6';
import { APIPromise } from 'openai6/core/api-promise';
import { instrument, type Variant } from './variants.ts';

export const SDKS = ['none', 'unsampled', 'recording'] as const;
export type Sdk = (typeof SDKS)[number];

/** Of one call. */
export interface Taken {
  /** CPU time of the thread that calls, microseconds. */
  readonly micros: number;
  /** Allocated on the JavaScript heap, whether or not it was collected since. */
  readonly bytes: number;
}

/** `whole`: the client with its request. `alone`: its request left out, so that little but the instrumentation is measured. */
export type Part = 'whole' | 'alone';

const WARM_UP = 15_000;
const BATCHES = 15;
const CALLS_A_BATCH = 1_000;
const CALLS_WEIGHED = 2_000;
/** Calls without a request are short, and the clock of the CPU coarse. */
const CALLS_ALONE = 10_000;

const BODY = {
  model: 'gpt-4o-mini',
  temperature: 0,
  messages: [
    {
      role: 'system' as const,
      content: 'You sort support tickets into billing, outage and other. Answer with the word alone.',
    },
    { role: 'user' as const, content: 'My invoice of last month shows the same line twice. Can you look into it?' },
  ],
};
const ANSWER = JSON.stringify({
  id: 'chatcmpl-9fH2kQ0aXc',
  object: 'chat.completion',
  created: 1_750_000_000,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'billing', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 42,
    completion_tokens: 2,
    total_tokens: 44,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
  service_tier: 'default',
  system_fingerprint: 'fp_0ba0d124f1',
});
const HEADERS = { 'content-type': 'application/json', 'x-request-id': 'req_7d1f0c', 'openai-processing-ms': '412' };

if (process.send !== undefined) {
  const [variant, sdk, part] = process.argv.slice(2) as [Variant, Sdk, Part];
  process.send(await measure(variant, sdk, part));
  process.disconnect();
}

async function measure(variant: Variant, sdk: Sdk, part: Part): Promise<Taken> {
  let ended = 0;
  if (sdk !== 'none') {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const processor = { onStart() {}, onEnd: () => void ended++, forceFlush: async () => {}, shutdown: async () => {} };
    const sampler = sdk === 'recording' ? new AlwaysOnSampler() : new AlwaysOffSampler();
    trace.setGlobalTracerProvider(new TracerProvider({ sampler, spanProcessors: [processor] }));
  }
  instrument(variant);
  const client = new OpenAI({ apiKey: 'key', fetch: async () => new Response(ANSWER, { headers: HEADERS }) });
  if (part === 'alone') answerAtOnce(client);
  const callsABatch = part === 'alone' ? CALLS_ALONE : CALLS_A_BATCH;
  const call = async (calls: number): Promise<void> => {
    for (let at = 0; at < calls; at++) await client.chat.completions.create(BODY);
  };

  await call(WARM_UP);
  const batches: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const before = process.threadCpuUsage();
    await call(callsABatch);
    const { user, system } = process.threadCpuUsage(before);
    batches.push((user + system) / callsABatch);
  }
  const bytes = await weigh(call);
  const spans = variant === 'untouched' || sdk !== 'recording' ? 0 : WARM_UP + BATCHES * callsABatch + CALLS_WEIGHED;
  if (ended !== spans) throw new Error(`${variant} ended ${ended} spans in place of ${spans}`);
  return { micros: median(batches), bytes };
}

function answerAtOnce(client: OpenAI): void {
  const props = { response: new Response(ANSWER, { headers: HEADERS }), options: {} };
  const body: unknown = JSON.parse(ANSWER);
  // Some turns of the microtask queue later, as every answer is: by then its caller waits for it.
  const arrived = async (): Promise<never> => {
    for (let turn = 0; turn < 3; turn++) await undefined;
    return props as never;
  };
  const post = (): unknown => new APIPromise(client, arrived(), async () => body);
  Object.assign(client, { post });
}

/** What the heap grew by, and what collections took off it meanwhile. Only scavenges are exact: they free all that they free at once. */
async function weigh(call: (calls: number) => Promise<void>): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('started without --expose-gc');
  await gc();
  const profiler = new GCProfiler();
  profiler.start();
  const before = getHeapStatistics().used_heap_size;
  await call(CALLS_WEIGHED);
  const after = getHeapStatistics().used_heap_size;
  const { statistics } = profiler.stop();
  let freed = 0;
  for (const { gcType, beforeGC, afterGC } of statistics) {
    if (gcType !== 'Scavenge') throw new Error(`a ${gcType} collection came between`);
    freed += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
  }
  return (after - before + freed) / CALLS_WEIGHED;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
