/**
 * `chat.completions.create` of openai, groq and every API shaped like it: body and chunks in, request and answer out. Text is
 * gathered only where somebody will judge it.
 */
import { type FinishOutcome, worseFinish } from '@warmspare/semconv';
import { count, fields, list, text } from '../base/read.ts';
import type {
  AnswerFormat,
  AnswerReader,
  CallAnswer,
  CallRequest,
  Operation,
  TokenUsage,
  ToolInput,
} from '../types/call.ts';
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import { declaringBody } from './declared-lists.ts';
import { endpointOf } from './endpoint.ts';
import { ended, finishOf, isError, typeOfError } from './finish.ts';
import { forcedByChoice, forcedTool, outputType, schemaOf, signalOf, systemPrompt, textOf } from './request-parts.ts';
import { streamSource } from './stream-source.ts';
import { streamedChoices } from './streamed-choices.ts';

/** https://platform.openai.com/docs/api-reference/chat/object */
const CHAT_ANSWERS: AnswerFormat = {
  isAnswer: isChat,
  answer: chatAnswer,
  isChunk: isChatChunk,
  reader: chatReader,
};

/**
 * Reads chat completions, of OpenAI and of every API shaped like it. `library` is the provider that the client library was made for, as
 * `gen_ai.provider.name` has it; a host that is known says better.
 */
export function chatCompletions(library: string): Operation {
  return {
    ...CHAT_ANSWERS,
    request: (resource, body, options) => chatRequest(resource, body, options, library),
    declaring: declaringBody,
  };
}

function chatRequest(resource: unknown, body: unknown, options: unknown, library: string): CallRequest | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { model, messages, stream, response_format } = fields(body);
  const format = fields(response_format);
  const { server, provider, direct } = endpointOf(fields(resource)._client, library);
  const forced = toolOf(body);
  return {
    operation: 'chat',
    server,
    provider,
    direct,
    model: text(model),
    stream: stream === true,
    outputType: outputType(format.type),
    schema: forced?.schema ?? schemaOf(fields(format.json_schema).schema),
    schemaTool: forced?.schemaTool,
    systemPrompt: systemPrompt(messages),
    signal: signalOf(options),
    billing: requestBilling(body),
  };
}

/** `functions` and `function_call` are what tools were called before. */
function toolOf(body: unknown): ReturnType<typeof forcedTool> {
  const { tools, tool_choice, functions, function_call } = fields(body);
  if (tool_choice === undefined && function_call === undefined) return undefined;
  const choice = forcedByChoice(tool_choice);
  if (choice !== undefined)
    return forcedTool(
      list(tools).map((tool) => described(fields(tool).function)),
      choice.name,
    );
  const name = text(fields(function_call).name);
  return name === undefined ? undefined : forcedTool(list(functions).map(described), name);
}

function described(tool: unknown): { name: string | undefined; schema: object | undefined } {
  const { name, parameters } = fields(tool);
  return { name: text(name), schema: schemaOf(parameters) };
}

/** Clients that spell an API like this one in their own way: `camel-chat.ts` reads those. */
const isCamel = (choice: unknown): boolean => 'finishReason' in fields(choice);

const PARTS = ['content', 'tool_calls', 'refusal'] as const;

function isChat(value: unknown): boolean {
  const { object, choices } = fields(value);
  const [first] = list(choices);
  if (isCamel(first)) return false;
  if (object === 'chat.completion') return true;
  const { message } = fields(first);
  return typeof message === 'object' && message !== null && PARTS.some((part) => part in message);
}

function chatAnswer(body: unknown, output: boolean): CallAnswer {
  const { id, model, choices, usage, error, model_selection_details: modelSelection } = fields(body);
  const all = list(choices);
  const message = fields(fields(all[0]).message);
  let reasons: string[] | undefined;
  let finish: FinishOutcome | undefined;
  let failure = error;
  for (const choice of all) {
    const { finish_reason, message: said, error: inside } = fields(choice);
    const reason = text(finish_reason);
    // Nearly always one: a list that something is pushed to has room for 17.
    if (reason !== undefined) reasons = reasons === undefined ? [reason] : [...reasons, reason];
    if (isError(inside)) failure ??= inside;
    const end = finishOf(reason, {
      produced: isProduced(fields(said)),
      refused: text(fields(said).refusal) !== undefined,
      failed: isError(inside) || isError(error),
    });
    finish = finish === undefined ? end : worseFinish(finish, end);
  }
  return {
    ...ended(finish ?? 'error'),
    id: text(id),
    model: text(model),
    finishReasons: reasons,
    usage: chatUsage(usage),
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    providerMetadata: message.provider_metadata,
    modelSelection,
    errorType: typeOfError(failure),
    text: output ? textOf(message.content, '') : undefined,
    toolInputs: output ? toolInputs(message) : undefined,
  };
}

type Fields = ReturnType<typeof fields>;

/** Whether anything was written or called, in a message or in a chunk of one. */
function isProduced({ content, tool_calls, function_call, audio }: Fields): boolean {
  return (
    text(content) !== undefined ||
    list(content).length > 0 ||
    list(tool_calls).length > 0 ||
    (function_call ?? audio ?? undefined) !== undefined
  );
}

function toolInputs({ tool_calls, function_call }: Fields): readonly ToolInput[] {
  const calls = list(tool_calls).map((call) => fields(call).function);
  return [...calls, ...(function_call ? [function_call] : [])].map((called) => {
    const { name, arguments: input } = fields(called);
    return { name: text(name), input };
  });
}

function isChatChunk(value: unknown): boolean {
  const { object, choices } = fields(value);
  const [first] = list(choices);
  return !isCamel(first) && (object === 'chat.completion.chunk' || 'delta' in fields(first));
}

function chatReader(output: boolean): AnswerReader {
  const source = streamSource();
  let usage: TokenUsage | undefined;
  // As the provider wrote them, for what was charged.
  let serviceTier: unknown;
  let rawUsage: unknown;
  let providerMetadata: unknown;
  let modelSelection: unknown;
  let failure: unknown;
  let written = '';
  const tools = new Map<number, { name: string | undefined; input: string }>();
  const choices = streamedChoices();

  return {
    read(chunk) {
      const part = fields(chunk);
      source.saw(text(part.id), text(part.model));
      // Groq reports the usage of a stream beside its own id.
      usage = chatUsage(part.usage) ?? chatUsage(fields(part.x_groq).usage) ?? usage;
      rawUsage = part.usage ?? rawUsage;
      serviceTier = part.service_tier ?? serviceTier;
      modelSelection = part.model_selection_details ?? modelSelection;
      if (isError(part.error)) failure ??= part.error;
      for (const entry of list(part.choices)) {
        const choice = fields(entry);
        const delta = fields(choice.delta);
        const index = count(choice.index) ?? 0;
        providerMetadata = delta.provider_metadata ?? providerMetadata;
        const failed = isError(choice.error);
        if (failed) failure ??= choice.error;
        choices.saw(index, text(choice.finish_reason), isProduced(delta), text(delta.refusal) !== undefined, failed);
        if (output && index === 0) gather(delta);
      }
    },
    answer: () => ({
      ...source.answered(),
      // An error in a stream ends it, whatever came before.
      ...ended(failure === undefined ? choices.finish() : 'error'),
      finishReasons: choices.words(),
      usage,
      usageCost: reportedCost(rawUsage),
      billing: answerBilling({ service_tier: serviceTier, usage: rawUsage }),
      providerMetadata,
      modelSelection,
      errorType: typeOfError(failure),
      text: output ? written : undefined,
      toolInputs: output ? [...tools.values()] : undefined,
    }),
  };

  function gather(delta: Fields): void {
    written += textOf(delta.content, '');
    const calls = list(delta.tool_calls);
    for (const call of delta.function_call ? [{ function: delta.function_call }] : calls) {
      const { index, function: called } = fields(call);
      const { name, arguments: more } = fields(called);
      const at = count(index) ?? 0;
      const known = tools.get(at);
      tools.set(at, { name: known?.name ?? text(name), input: (known?.input ?? '') + (text(more) ?? '') });
    }
  }
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
