/**
 * `chat.completions.create` of openai, groq and every API shaped like it: body and chunks in, request and answer out. Text is
 * gathered only where a schema will be held against it.
 */
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import type { AnswerReader, CallAnswer, CallRequest, Operation, TokenUsage } from './call.ts';
import { endpointOf } from './endpoint.ts';
import { count, fields, list, text } from './read.ts';
import { streamSource } from './stream-source.ts';

/** Reads chat completions. `library` is the provider that the client library was made for. */
export function chatCompletions(library: string): Operation {
  return {
    request: (resource, body, options) => chatRequest(resource, body, options, library),
    answer: chatAnswer,
    reader: chatReader,
  };
}

function chatRequest(resource: unknown, body: unknown, options: unknown, library: string): CallRequest | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { model, messages, stream, response_format } = fields(body);
  const format = fields(response_format);
  const { server, provider, direct } = endpointOf(fields(resource)._client, library);
  return {
    operation: 'chat',
    server,
    provider,
    direct,
    model: text(model),
    stream: stream === true,
    outputType: outputType(format.type),
    schema: schemaOf(fields(format.json_schema).schema),
    systemPrompt: systemPrompt(messages),
    signal: signalOf(options),
    billing: requestBilling(body),
  };
}

export function outputType(type: unknown): 'text' | 'json' | undefined {
  if (type === 'json_schema' || type === 'json_object') return 'json';
  return type === 'text' ? 'text' : undefined;
}

export function schemaOf(schema: unknown): object | undefined {
  return typeof schema === 'object' && schema !== null ? schema : undefined;
}

/** The leading system or developer messages: what stays the same from call to call. */
export function systemPrompt(messages: unknown): string | undefined {
  let prompt: string | undefined;
  for (const message of list(messages)) {
    const { role, content } = fields(message);
    if (role !== 'system' && role !== 'developer') break;
    const said = textOf(content);
    prompt = prompt === undefined ? said : `${prompt}\n${said}`;
  }
  return prompt;
}

/** The text of a message's content: a string, or the text parts of a list. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => text(fields(part).text) ?? '')
    .join('\n');
}

/** The caller's signal in a request's options. */
export function signalOf(options: unknown): AbortSignal | undefined {
  const { signal } = fields(options);
  return signal instanceof AbortSignal ? signal : undefined;
}

function chatAnswer(body: unknown, request: CallRequest): CallAnswer {
  const { id, model, choices, usage, model_selection_details: modelSelection } = fields(body);
  const all = list(choices);
  const message = fields(fields(all[0]).message);
  let reasons: string[] | undefined;
  let refused = all.length > 0;
  for (const choice of all) {
    const { finish_reason, message: said } = fields(choice);
    const reason = text(finish_reason);
    // Nearly always one: a list that something is pushed to has room for 17.
    if (reason !== undefined) reasons = reasons === undefined ? [reason] : [...reasons, reason];
    refused &&= isRefusal(reason, fields(said).refusal);
  }
  return {
    id: text(id),
    model: text(model),
    finishReasons: reasons,
    usage: chatUsage(usage),
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    providerMetadata: message.provider_metadata,
    modelSelection,
    refused,
    truncated: reasons?.includes('length'),
    text: request.schema === undefined ? undefined : text(message.content),
    complete: all.length > 0,
  };
}

function chatReader(request: CallRequest): AnswerReader {
  const source = streamSource();
  let usage: TokenUsage | undefined;
  // As the provider wrote them, for what was charged.
  let serviceTier: unknown;
  let rawUsage: unknown;
  let providerMetadata: unknown;
  let modelSelection: unknown;
  let output = '';
  const reasons = new Map<number, string>();
  const refusing = new Set<number>();
  const seen = new Set<number>();

  return {
    read(chunk) {
      const part = fields(chunk);
      source.saw(text(part.id), text(part.model));
      // Groq reports the usage of a stream beside its own id.
      usage = chatUsage(part.usage) ?? chatUsage(fields(part.x_groq).usage) ?? usage;
      rawUsage = part.usage ?? rawUsage;
      serviceTier = part.service_tier ?? serviceTier;
      modelSelection = part.model_selection_details ?? modelSelection;
      for (const entry of list(part.choices)) {
        const choice = fields(entry);
        const delta = fields(choice.delta);
        const index = count(choice.index) ?? 0;
        seen.add(index);
        providerMetadata = delta.provider_metadata ?? providerMetadata;
        if (text(delta.refusal) !== undefined) refusing.add(index);
        if (request.schema !== undefined && index === 0) output += text(delta.content) ?? '';
        const reason = text(choice.finish_reason);
        if (reason !== undefined) reasons.set(index, reason);
      }
    },
    answer: () => ({
      ...source.answered(),
      finishReasons: [...reasons.values()],
      usage,
      usageCost: reportedCost(rawUsage),
      billing: answerBilling({ service_tier: serviceTier, usage: rawUsage }),
      providerMetadata,
      modelSelection,
      refused: seen.size > 0 && [...seen].every((index) => isRefusal(reasons.get(index), refusing.has(index) || null)),
      truncated: [...reasons.values()].includes('length'),
      text: output === '' ? undefined : output,
      complete: seen.size > 0 && reasons.size === seen.size,
    }),
  };
}

function isRefusal(finishReason: unknown, refusal: unknown): boolean {
  return finishReason === 'content_filter' || refusal === true || text(refusal) !== undefined;
}

/**
 * Tokens as chat and text completions report them. x.AI counts reasoning beside the completion, which its total gives away
 * (https://docs.x.ai/docs/guides/reasoning); DeepSeek has a name of its own for what came from its cache
 * (https://api-docs.deepseek.com/guides/kv_cache).
 */
export function chatUsage(usage: unknown): TokenUsage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details, completion_tokens_details } =
    fields(usage);
  const ofPrompt = fields(prompt_tokens_details);
  const input = count(prompt_tokens);
  const output = count(completion_tokens);
  const reasoning = count(fields(completion_tokens_details).reasoning_tokens);
  const beside = reasoning !== undefined && reasoning > 0 && total_tokens === (input ?? 0) + (output ?? 0) + reasoning;
  return {
    input,
    output: beside ? (output ?? 0) + reasoning : output,
    cacheRead: count(ofPrompt.cached_tokens) ?? count(fields(usage).prompt_cache_hit_tokens),
    cacheWrite: count(ofPrompt.cache_write_tokens),
    reasoning,
  };
}
