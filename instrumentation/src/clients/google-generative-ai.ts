/** What is patched in `@google/generative-ai`: the model's methods, and those of its chat sessions, which come by them not. */
import { fields } from '../base/read.ts';
import type { CallRequest, Operation } from '../types/call.ts';
import { type Client, exportedClass } from './client.ts';
import { endpointAt } from './endpoint.ts';
import { GEMINI, geminiModel, geminiParts } from './gemini.ts';
import { signalOf } from './request-parts.ts';

/** https://generativelanguage.googleapis.com unless the request's options say otherwise. */
const HOST = 'https://generativelanguage.googleapis.com';

function generating(stream: boolean): Operation {
  return {
    ...GEMINI,
    request: (model, given, options) => generateRequest(model, given, options, stream),
    streamIn,
  };
}

function streamIn(value: unknown): AsyncIterable<unknown> | undefined {
  const { stream, response } = fields(value);
  const isResult = response instanceof Promise && typeof stream === 'object' && stream !== null;
  return isResult && Symbol.asyncIterator in stream ? (stream as AsyncIterable<unknown>) : undefined;
}

/** A model has the parts that all of its requests share, a chat session has them in `params`. */
function generateRequest(owner: unknown, given: unknown, options: unknown, stream: boolean): CallRequest {
  const { model, params, _requestOptions } = fields(owner);
  const shared = { ...fields(params ?? owner), ...(Array.isArray(given) ? {} : fields(given)) };
  const { baseUrl, signal } = { baseUrl: HOST, ...fields(_requestOptions), ...fields(options) } as Readonly<
    Record<string, unknown>
  >;
  return {
    operation: 'generate_content',
    ...endpointAt(baseUrl, 'gcp.gemini'),
    model: geminiModel(model),
    stream,
    ...geminiParts(fields(shared.generationConfig), shared),
    signal: signalOf({ signal }),
  };
}

const session = (exported: unknown): object | undefined => exportedClass(exported, 'ChatSession')?.prototype;

export const GOOGLE_GENERATIVE_AI: Client = {
  module: '@google/generative-ai',
  versions: ['>=0.21 <0.25'],
  className: 'GenerativeModel',
  patches: [
    { path: [], method: 'generateContent', operation: generating(false) },
    { path: [], method: 'generateContentStream', operation: generating(true) },
    { path: session, method: 'sendMessage', operation: generating(false) },
    { path: session, method: 'sendMessageStream', operation: generating(true) },
  ],
};
