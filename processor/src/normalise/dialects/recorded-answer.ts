/**
 * An answer that a span records as JSON in, its choices out: what each wrote and what it gave to tools. In the form of OpenAI's chat
 * completions or responses, of Anthropic's messages, or of the GenAI conventions. Never throws and keeps nothing.
 */
import type { RecordedOutput, ToolInput } from './dialect.ts';
import { jsonObject, jsonValue } from './json-text.ts';

type Fields = Readonly<Record<string, unknown>>;

const NOTHING: readonly RecordedOutput[] = [];

/** Of a text that is none of these forms nothing is known. */
export function outputsIn(answer: unknown): readonly RecordedOutput[] {
  const value = jsonValue(answer);
  if (Array.isArray(value)) return messagesIn(value);
  const fields = jsonObject(value);
  if (!fields) return NOTHING;
  if (Array.isArray(fields.choices)) return messagesIn(fields.choices.map((choice) => jsonObject(choice)?.message));
  // The items of one response make one output.
  if (Array.isArray(fields.output)) return [outputOf(fields.output.flatMap(partsOf))];
  return messagesIn([fields]);
}

function messagesIn(messages: readonly unknown[]): readonly RecordedOutput[] {
  return messages
    .map(jsonObject)
    .filter((message) => message !== undefined && (message.role === undefined || message.role === 'assistant'))
    .map((message) => outputOf(partsOf(message)))
    .filter(({ text, tools }) => text !== undefined || tools.length > 0);
}

function outputOf(parts: readonly unknown[]): RecordedOutput {
  const written = parts.map(textOf).filter((text) => text !== undefined);
  return {
    text: written.length === 0 ? undefined : written.join(''),
    tools: parts.map(toolInputOf).filter((tool) => tool !== undefined),
  };
}

/** A message's parts, or an item that is one itself. */
function partsOf(message: unknown): readonly unknown[] {
  const { content, parts, tool_calls: calls, toolCalls } = jsonObject(message) ?? {};
  const said = Array.isArray(parts) ? parts : Array.isArray(content) ? content : [content];
  const called = Array.isArray(calls) ? calls : Array.isArray(toolCalls) ? toolCalls : [];
  return content === undefined && parts === undefined && called.length === 0 ? [message] : [...said, ...called];
}

function textOf(part: unknown): string | undefined {
  if (typeof part === 'string') return part;
  const { type, text, content } = fieldsOf(part);
  if (type !== 'text' && type !== 'output_text') return undefined;
  const said = text ?? content;
  return typeof said === 'string' ? said : undefined;
}

/** Chat completions, responses, Anthropic and the GenAI conventions in turn. */
function toolInputOf(part: unknown): ToolInput | undefined {
  const fields = fieldsOf(part);
  const { type, function: called } = fields;
  if (called !== undefined) return toolInput(fieldsOf(called).name, fieldsOf(called).arguments);
  if (type === 'function_call' || type === 'tool_call') return toolInput(fields.name, fields.arguments);
  return type === 'tool_use' ? toolInput(fields.name, fields.input) : undefined;
}

function toolInput(name: unknown, input: unknown): ToolInput {
  return { name: typeof name === 'string' ? name : undefined, input };
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' ? jsonObject(value) : undefined) ?? NO_FIELDS;
const NO_FIELDS: Fields = {};
