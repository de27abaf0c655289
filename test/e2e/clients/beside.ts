/**
 * A process of its own for openai beside one other instrumentation: uses the client in many ways and prints of each what the caller met
 * and what was recorded. Patches cannot be shared, as others do not take theirs off whole. Arguments: the other, and the order.
 */
import { subscribe } from 'node:diagnostics_channel';
import { OpenAIInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-openai';
import { context, metrics } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OpenAIInstrumentation as Contrib } from '@opentelemetry/instrumentation-openai';
import { type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { OpenAIInstrumentation as Traceloop } from '@traceloop/instrumentation-openai';
import { LlmFallbackInstrumentation, llmFallbackSpanProcessor } from '@warmspare/instrumentation';
import { fail, json, startOpenAI } from '@warmspare/providers';
import { ATTR_LLM_FALLBACK_CALL_OUTCOME, ATTR_LLM_FALLBACK_COST_AMOUNT, type CallMessage } from '@warmspare/semconv';
import * as openai from 'openai6';

/** What is printed of one use, a line of JSON each. */
export interface Beside {
  readonly use: string;
  /** What the caller caught. */
  readonly caught: string | undefined;
  readonly spans: readonly { readonly ours: boolean; readonly outcome: unknown; readonly priced: boolean }[];
  readonly messages: readonly { readonly outcome: unknown; readonly ofSpan: boolean }[];
}

/** `alone`: without ours. `without processor`: the other first, and the SDK knows nothing of ours. */
export const ORDERS = ['alone', 'first', 'first, without processor', 'after'] as const;
export const OTHERS = ['contrib', 'openinference', 'traceloop'] as const;

interface Other {
  setTracerProvider(provider: unknown): void;
  setMeterProvider(provider: unknown): void;
  /** What hooks call when the module is loaded. */
  readonly _modules?: readonly { patch(exported: unknown): unknown }[];
}
type Client = InstanceType<typeof openai.OpenAI>;

const body = { model: 'gpt-5', messages: [] };
const schema = { type: 'object', required: ['urgency'] };
const format = { type: 'json_schema' as const, json_schema: { name: 'ticket', schema } };
export const USES = {
  whole: (client: Client) => client.chat.completions.create(body),
  failing: (client: Client) => client.chat.completions.create({ ...body, model: 'down' }),
  'to a schema': (client: Client) => client.chat.completions.create({ ...body, response_format: format }),
  streamed: async (client: Client) => drain(await client.chat.completions.create({ ...body, stream: true })),
  'streamed, left early': async (client: Client) => {
    for await (const _ of await client.chat.completions.create({ ...body, stream: true })) break;
  },
  'its response': (client: Client) => client.chat.completions.create(body).withResponse(),
  parsed: (client: Client) => client.chat.completions.parse({ ...body, response_format: format }),
  embedding: (client: Client) => client.embeddings.create({ model: 'text-embedding-3-small', input: 'x' }),
  text: (client: Client) => client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'x' }),
  response: (client: Client) => client.responses.create({ model: 'gpt-5', input: 'x' }),
  'response, streamed': async (client: Client) =>
    drain(await client.responses.create({ model: 'gpt-5', input: 'x', stream: true })),
} satisfies Record<string, (client: Client) => PromiseLike<unknown>>;

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

const [other, order] = process.argv.slice(2);
if (other !== undefined && order !== undefined) await print(other, order);

async function print(name: string, order: string): Promise<void> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const ended: ReadableSpan[] = [];
  const messages: CallMessage[] = [];
  const done = (): Promise<void> => Promise.resolve();
  const keeping = {
    onStart() {},
    onEnd: (span: ReadableSpan) => void ended.push(span),
    forceFlush: done,
    shutdown: done,
  };
  const ours = order.includes('without') ? [] : [llmFallbackSpanProcessor() as SpanProcessor];
  const provider = new TracerProvider({ spanProcessors: [...ours, keeping] });
  subscribe('llm_fallback:call', (message) => void messages.push(message as CallMessage));
  const made = { contrib: Contrib, openinference: OpenInference, traceloop: Traceloop }[name];
  if (made === undefined) throw new Error(name);
  const theirs = new made() as unknown as Other;
  theirs.setTracerProvider(provider);
  theirs.setMeterProvider(metrics.getMeterProvider());
  const instrumentation = new LlmFallbackInstrumentation();
  instrumentation.setTracerProvider(provider);
  const patch = (): unknown => theirs._modules?.map((one) => one.patch({ ...openai, default: openai.OpenAI }));
  if (order !== 'after') patch();
  if (order !== 'alone') instrumentation.instrument(openai.OpenAI);
  if (order === 'after') patch();

  const server = await startOpenAI();
  server.otherwise((request) => (request.body.model === 'down' ? fail('unavailable') : json({ urgency: 'low' })));
  const client = new openai.OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
  for (const [use, call] of Object.entries(USES)) {
    ended.length = 0;
    messages.length = 0;
    let caught: string | undefined;
    try {
      await call(client);
    } catch (error) {
      caught = String(error);
    }
    await provider.forceFlush();
    // Others end the span of a stream in a turn of their own.
    for (let turn = 0; turn < 20 && ended.length === 0; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    const ids = new Set(ended.map((span) => span.spanContext().spanId));
    const line: Beside = {
      use,
      caught,
      spans: ended.map(({ attributes, instrumentationScope }) => ({
        ours: instrumentationScope.name === '@warmspare/instrumentation',
        outcome: attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME],
        priced: ATTR_LLM_FALLBACK_COST_AMOUNT in attributes,
      })),
      messages: messages.map(({ attributes, spanContext }) => ({
        outcome: attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME],
        ofSpan: spanContext !== undefined && ids.has(spanContext.spanId),
      })),
    };
    console.log(JSON.stringify(line));
  }
  await server.close();
}
