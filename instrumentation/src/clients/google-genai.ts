/**
 * What is patched in `@google/genai`: one call of a model, of which automatic function calling makes several, and which may go on over
 * several requests where the model pauses (`continuation`).
 */
import { count, fields, list } from '../base/read.ts';
import type { AnswerFormat, CallAnswer, CallRequest, Operation } from '../types/call.ts';
import { type Client, exportedClass } from './client.ts';
import { type Endpoint, endpointAt } from './endpoint.ts';
import { ended } from './finish.ts';
import { GEMINI, geminiModel, geminiParts } from './gemini.ts';
import { signalOf } from './request-parts.ts';

/** `automaticContinuation` off: the client then takes a shorter way, past the method that continues. */
function continues(params: unknown): boolean {
  const { automaticContinuation } = fields(fields(params).config);
  return automaticContinuation === undefined || automaticContinuation === null || Boolean(automaticContinuation);
}

function generating(stream: boolean, continuing: boolean): Operation {
  return {
    ...GEMINI,
    request: (models, params) =>
      continues(params) === continuing ? generateRequest(models, params, stream) : undefined,
  };
}

function endpointOf(models: unknown, config: unknown): Endpoint {
  const { vertexai, httpOptions } = fields(fields(fields(models).apiClient).clientOptions);
  const { baseUrl } = { ...fields(httpOptions), ...fields(fields(config).httpOptions) };
  return endpointAt(baseUrl, vertexai === true ? 'gcp.vertex_ai' : 'gcp.gemini');
}

function generateRequest(models: unknown, params: unknown, stream: boolean): CallRequest | undefined {
  if (typeof params !== 'object' || params === null) return undefined;
  const config = fields(fields(params).config);
  return {
    operation: 'generate_content',
    ...endpointOf(models, config),
    model: geminiModel(fields(params).model),
    stream,
    ...geminiParts(config, config),
    signal: signalOf({ signal: config.abortSignal }),
  };
}

const EMBEDDINGS: AnswerFormat = {
  isAnswer: (value) => Array.isArray(fields(list(fields(value).embeddings)[0]).values),
  answer: embeddingsAnswer,
  isChunk: () => false,
  reader: () => ({ read() {}, answer: () => ({ complete: false }) }),
};

const EMBEDDING: Operation = {
  ...EMBEDDINGS,
  request(models, params) {
    const { model, config } = fields(params);
    return {
      operation: 'embeddings',
      ...endpointOf(models, config),
      model: geminiModel(model),
      stream: false,
      outputType: undefined,
      schema: undefined,
      systemPrompt: undefined,
      signal: signalOf({ signal: fields(config).abortSignal }),
    };
  },
};

function embeddingsAnswer(value: unknown): CallAnswer {
  const vectors = list(fields(value).embeddings);
  const tokens = vectors.map((vector) => count(fields(fields(vector).statistics).tokenCount));
  const known = tokens.every((each) => each !== undefined);
  const input = tokens.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  return {
    ...ended(vectors.length > 0 ? 'success' : 'error'),
    usage: known && vectors.length > 0 ? { input } : undefined,
  };
}

const models = (exported: unknown): object | undefined => exportedClass(exported, 'Models')?.prototype;

export const GOOGLE_GENAI: Client = {
  module: '@google/genai',
  versions: ['>=3 <4'],
  className: 'Models',
  patches: [
    { path: models, method: 'generateContentWithContinuation', operation: generating(false, true) },
    { path: models, method: 'generateContentInternal', operation: generating(false, false) },
    { path: models, method: 'generateContentStreamWithContinuation', operation: generating(true, true) },
    { path: models, method: 'generateContentStreamInternal', operation: generating(true, false) },
    { path: models, method: 'embedContentInternal', operation: EMBEDDING },
  ],
};
