/**
 * What is patched in `@aws-sdk/client-bedrock-runtime`: `send`, by the command that it is given. The SDK's own retries lie inside it, so
 * that they are one call. The class inherits `send` from a base that all clients of AWS share, which stays as it is.
 */
import { fields, text } from '../base/read.ts';
import { reportOnce } from '../base/report.ts';
import type { AnswerFormat, CallRequest, Operation } from '../types/call.ts';
import { CONVERSE, converseParts } from './bedrock-converse.ts';
import { INVOKE, invokeParts } from './bedrock-invoke.ts';
import type { Client } from './client.ts';
import { type Endpoint, endpointAt } from './endpoint.ts';
import { signalOf } from './request-parts.ts';

interface Command {
  readonly stream: boolean;
  readonly parts: (input: unknown) => Partial<CallRequest>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['Converse', { stream: false, parts: converseParts }],
  ['ConverseStream', { stream: true, parts: converseParts }],
  ['InvokeModel', { stream: false, parts: (input) => invokeParts(fields(input).body) }],
  ['InvokeModelWithResponseStream', { stream: true, parts: (input) => invokeParts(fields(input).body) }],
]);

/** Both kinds of output, told apart by what stands in them. */
const OUTPUT: AnswerFormat = {
  isAnswer: (value) => INVOKE.isAnswer(value) || CONVERSE.isAnswer(value),
  answer: (value, output) => (INVOKE.isAnswer(value) ? INVOKE : CONVERSE).answer(value, output),
  isChunk: (value) => INVOKE.isChunk(value) || CONVERSE.isChunk(value),
  reader(output) {
    const invoke = INVOKE.reader(output);
    const converse = CONVERSE.reader(output);
    let invoked = false;
    return {
      read(chunk) {
        invoked ||= INVOKE.isChunk(chunk);
        (invoked ? invoke : converse).read(chunk);
      },
      answer: () => (invoked ? invoke : converse).answer(),
    };
  },
  streamIn: (value) => INVOKE.streamIn?.(value) ?? CONVERSE.streamIn?.(value),
};

const SEND: Operation = {
  ...OUTPUT,
  request(client, command, options) {
    const known = COMMANDS.get(nameOf(command) ?? '');
    if (known === undefined) return undefined;
    const { input } = fields(command);
    return {
      operation: 'chat',
      ...endpointOf(client),
      model: text(fields(input).modelId)?.replace(/^arn:.*\//, ''),
      stream: known.stream,
      outputType: undefined,
      schema: undefined,
      systemPrompt: undefined,
      ...known.parts(input),
      signal: signalOf({ signal: fields(options).abortSignal }),
    };
  },
};

/** Its schema has the name of the operation; older versions only that of the class. */
function nameOf(command: unknown): string | undefined {
  const { schema } = fields(command);
  const name = Array.isArray(schema) ? text(schema[2]) : undefined;
  return name ?? text(fields(command).constructor?.name)?.replace(/Command$/, '');
}

/** By client. The SDK tells region and endpoint only by promise, so that its first call does not know them. */
const endpoints = new WeakMap<object, Endpoint>();
const UNKNOWN: Endpoint = { server: undefined, provider: 'aws.bedrock', direct: true };

function endpointOf(client: unknown): Endpoint {
  if (typeof client !== 'object' || client === null) return UNKNOWN;
  const known = endpoints.get(client);
  if (known !== undefined) return known;
  endpoints.set(client, UNKNOWN);
  addressOf(fields(client).config).then(
    (address) =>
      endpoints.set(client, { ...endpointAt(address, 'aws.bedrock'), provider: 'aws.bedrock', direct: true }),
    (error: unknown) => reportOnce('the region of a Bedrock client could not be read', error),
  );
  return UNKNOWN;
}

async function addressOf(config: unknown): Promise<string> {
  const { endpoint, isCustomEndpoint, region } = fields(config);
  if (isCustomEndpoint === true && typeof endpoint === 'function') {
    const { protocol, hostname, port } = fields(await endpoint());
    return `${String(protocol)}//${String(hostname)}${port === undefined ? '' : `:${String(port)}`}`;
  }
  const name: unknown = typeof region === 'function' ? await region() : region;
  return `https://bedrock-runtime.${String(name)}.amazonaws.com`;
}

export const BEDROCK: Client = {
  module: '@aws-sdk/client-bedrock-runtime',
  versions: ['>=3.700 <4'],
  className: 'BedrockRuntimeClient',
  patches: [{ path: [], method: 'send', operation: SEND }],
};
