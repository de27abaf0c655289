/**
 * `messages.create` of Anthropic: body and events in, request and answer out. Its usage counts cached tokens beside the input;
 * the conventions count them within.
 */
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import type { AnswerReader, CallAnswer, CallRequest, Operation, TokenUsage } from './call.ts';
import { schemaOf, signalOf, textOf } from './chat-completions.ts';
import { endpointOf } from './endpoint.ts';
import { nativeTracing } from './native-span.ts';
import { count, fields, list, text } from './read.ts';
import { streamSource } from './stream-source.ts';

/** Reads messages, of the stable and of the beta API. */
export function messages(): Operation {
  return { request: messagesRequest, answer: messagesAnswer, reader: messagesReader };
}

function messagesRequest(resource: unknown, body: unknown, options: unknown): CallRequest | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { model, system, stream, output_config, output_format } = fields(body);
  const { _client: client } = fields(resource);
  const format = fields(fields(output_config).format ?? output_format);
  const endpoint = endpointOf(client, 'anthropic');
  return {
    operation: 'chat',
    server: endpoint.server,
    direct: endpoint.direct,
    // Bedrock's and Vertex' clients are subclasses that say which they are.
    provider: text(fields(client)._genAIProviderName) ?? endpoint.provider,
    model: text(model),
    stream: stream === true,
    outputType: format.type === 'json_schema' ? 'json' : undefined,
    schema: format.type === 'json_schema' ? schemaOf(format.schema) : undefined,
    systemPrompt: system === undefined ? undefined : text(textOf(system)),
    signal: signalOf(options),
    billing: requestBilling(body),
    native: nativeTracing(client, options),
  };
}

function messagesAnswer(body: unknown, request: CallRequest): CallAnswer {
  const { id, model, stop_reason, content, usage } = fields(body);
  return {
    ...ending(text(stop_reason)),
    id: text(id),
    model: text(model),
    usage: messagesUsage(fields(usage)),
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    text: request.schema === undefined ? undefined : outputOf(content),
    servedBy: list(content).some(isSeam) ? 'fallback' : servedBy(usage),
  };
}

/** Undefined for tool calls alone. */
function outputOf(content: unknown): string | undefined {
  const texts = list(content)
    .map((block) => fields(block))
    .filter(({ type }) => type === 'text');
  return texts.length === 0 ? undefined : texts.map((block) => text(block.text) ?? '').join('');
}

function messagesReader(request: CallRequest): AnswerReader {
  const source = streamSource();
  let writesOn: string | undefined;
  let stop: string | undefined;
  let output = '';
  let handedOn = false;
  // Totals: each later event replaces what it names.
  let usage: Readonly<Record<string, unknown>> = {};

  return {
    read(event) {
      const { type, message, delta, content_block, usage: totals } = fields(event);
      switch (type) {
        case 'message_start':
          source.saw(text(fields(message).id), text(fields(message).model));
          usage = fields(fields(message).usage);
          break;
        case 'content_block_start':
          // A server-side fallback names the model that writes on from here.
          if (!isSeam(content_block)) break;
          handedOn = true;
          writesOn = text(fields(fields(content_block).to).model) ?? writesOn;
          break;
        case 'content_block_delta':
          if (request.schema !== undefined) output += text(fields(delta).text) ?? '';
          break;
        case 'message_delta':
          stop = text(fields(delta).stop_reason) ?? stop;
          usage = { ...usage, ...present(fields(totals)) };
          break;
      }
    },
    answer: () => ({
      ...ending(stop),
      ...source.answered(),
      ...(writesOn !== undefined && { model: writesOn }),
      usage: messagesUsage(usage),
      usageCost: reportedCost(usage),
      billing: answerBilling({ usage }),
      text: output === '' ? undefined : output,
      servedBy: handedOn ? 'fallback' : servedBy(usage),
    }),
  };
}

function ending(stop: string | undefined): Pick<CallAnswer, 'finishReasons' | 'refused' | 'truncated' | 'complete'> {
  return {
    finishReasons: stop === undefined ? [] : [stop],
    refused: stop === 'refusal',
    truncated: stop === 'max_tokens' || stop === 'model_context_window_exceeded',
    complete: stop !== undefined,
  };
}

function messagesUsage(usage: Readonly<Record<string, unknown>>): TokenUsage | undefined {
  const input = count(usage.input_tokens);
  const output = count(usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const cacheRead = count(usage.cache_read_input_tokens);
  const cacheWrite = count(usage.cache_creation_input_tokens);
  return {
    input: (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output,
    cacheRead,
    cacheWrite,
    cacheWriteHour: count(fields(usage.cache_creation).ephemeral_1h_input_tokens),
    reasoning: count(fields(usage.output_tokens_details).thinking_tokens),
  };
}

/** Where one model's part of a message ends and a fallback's begins: the API and the client's refusal middleware both mark it. */
function isSeam(block: unknown): boolean {
  return fields(block).type === 'fallback';
}

/** The API's own fallbacks tell in the usage which of them served (`fallback_message`). */
function servedBy(usage: unknown): 'fallback' | undefined {
  const served = list(fields(usage).iterations).some((iteration) => fields(iteration).type === 'fallback_message');
  return served ? 'fallback' : undefined;
}

function present(totals: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(totals).filter(([, value]) => value !== null && value !== undefined));
}
