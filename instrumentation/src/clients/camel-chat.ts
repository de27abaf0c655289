/**
 * Chat completions as the generated clients of Mistral and OpenRouter spell them, in camel case: a value in, the same in the API's own
 * spelling out, for the one reader of chat completions. Only what that reader reads.
 */
import { fields, list, text } from '../base/read.ts';
import type { AnswerFormat } from '../types/call.ts';
import { chatCompletions } from './chat-completions.ts';

const CHAT = chatCompletions('openai');

/** Answers, and chunks of streams whose events may carry them in `data`. */
export const CAMEL_CHAT: AnswerFormat = {
  isAnswer: (value) => 'finishReason' in firstChoice(value) && typeof firstChoice(value).message === 'object',
  answer: (value, output) => CHAT.answer(snakeChat(value), output),
  isChunk: (value) =>
    'finishReason' in firstChoice(eventIn(value)) && typeof firstChoice(eventIn(value)).delta === 'object',
  reader(output) {
    const reader = CHAT.reader(output);
    return {
      read: (event) => reader.read(snakeChat(eventIn(event))),
      answer: () => reader.answer(),
    };
  },
};

const firstChoice = (value: unknown): ReturnType<typeof fields> => fields(list(fields(value).choices)[0]);

function eventIn(event: unknown): unknown {
  const { data } = fields(event);
  return typeof data === 'object' && data !== null ? data : event;
}

/** A request's body, for those who read where it names fallbacks and what it asks for. */
export function snakeRequest(body: unknown): Record<string, unknown> {
  const { responseFormat, toolChoice, serviceTier, providerOptions, ...rest } = fields(body);
  const { type, jsonSchema } = fields(responseFormat);
  const { schema, schemaDefinition } = fields(jsonSchema);
  return {
    ...rest,
    response_format: responseFormat && { type, json_schema: { schema: schema ?? schemaDefinition } },
    tool_choice: toolChoice === 'any' ? 'required' : toolChoice,
    service_tier: serviceTier,
    providerOptions,
  };
}

function snakeChat(value: unknown): unknown {
  const { id, model, choices, usage, error, serviceTier } = fields(value);
  return {
    id,
    model,
    choices: list(choices).map(snakeChoice),
    usage: usage && snakeKeys(usage),
    error,
    service_tier: serviceTier,
  };
}

function snakeChoice(choice: unknown): unknown {
  const { index, finishReason, message, delta, error } = fields(choice);
  return {
    index,
    // An enum that the client does not know comes as an object of its own.
    finish_reason: text(finishReason) ?? null,
    message: message && snakeMessage(message),
    delta: delta && snakeMessage(delta),
    error,
  };
}

function snakeMessage(message: unknown): unknown {
  const { content, refusal, toolCalls } = fields(message);
  return { content, refusal, tool_calls: toolCalls && list(toolCalls).map(snakeCall) };
}

/** Mistral gives the arguments as an object where they come whole. */
function snakeCall(call: unknown): unknown {
  const { index, function: called } = fields(call);
  const { name, arguments: input } = fields(called);
  return { index, function: { name, arguments: input } };
}

/** Of a usage, at every depth: it has few. */
function snakeKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, each]) => [snake(key), snakeKeys(each)]);
  return Object.fromEntries(entries);
}

const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
