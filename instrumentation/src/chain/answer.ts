/**
 * What a rung resolved to in, what its schema is held against out: a text, or a value that needs no parsing. Knows the answers
 * of OpenAI (chat completions, responses) and Anthropic (messages) by their shape; never changes or keeps what it reads.
 */
import { fields, list, text } from '../clients/read.ts';

export type Answer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'refused' }
  | { readonly kind: 'truncated' };

/** Strings are text, client answers are read, and anything else is the value itself. */
export function readAnswer(value: unknown): Answer {
  if (typeof value === 'string') return { kind: 'text', text: value };
  const body = fields(value);
  if (Array.isArray(body.choices)) return chatCompletion(fields(body.choices[0]));
  if (body.object === 'response' && Array.isArray(body.output)) return response(body);
  if (body.type === 'message' && Array.isArray(body.content)) return message(body);
  return { kind: 'value', value };
}

type Fields = ReturnType<typeof fields>;

/** https://platform.openai.com/docs/api-reference/chat/object */
function chatCompletion(choice: Fields): Answer {
  const said = fields(choice.message);
  if (text(said.refusal) !== undefined || choice.finish_reason === 'content_filter') return { kind: 'refused' };
  if (choice.finish_reason === 'length') return { kind: 'truncated' };
  const content = text(said.content);
  if (content !== undefined) return { kind: 'text', text: content };
  // Structured output by a forced function: its arguments are the answer.
  const [call, ...more] = list(said.tool_calls);
  const given = more.length === 0 ? text(fields(fields(call).function).arguments) : undefined;
  return { kind: 'text', text: given ?? '' };
}

/** https://platform.openai.com/docs/api-reference/responses/object */
function response(body: Fields): Answer {
  const output = list(body.output).map(fields);
  const parts = output.filter((item) => item.type === 'message').flatMap((item) => list(item.content).map(fields));
  const reason = fields(body.incomplete_details).reason;
  if (parts.some((part) => part.type === 'refusal') || reason === 'content_filter') return { kind: 'refused' };
  if (body.status === 'incomplete') return { kind: 'truncated' };
  if (parts.length > 0) return { kind: 'text', text: joined(parts, 'output_text') };
  const [call, ...more] = output.filter((item) => item.type === 'function_call');
  return { kind: 'text', text: more.length === 0 ? (text(call?.arguments) ?? '') : '' };
}

/** https://platform.claude.com/docs/en/api/messages */
function message(body: Fields): Answer {
  if (body.stop_reason === 'refusal') return { kind: 'refused' };
  if (body.stop_reason === 'max_tokens' || body.stop_reason === 'model_context_window_exceeded') {
    return { kind: 'truncated' };
  }
  const blocks = list(body.content).map(fields);
  const said = joined(blocks, 'text');
  const [tool, ...more] = blocks.filter((block) => block.type === 'tool_use');
  if (said.trim() === '' && tool !== undefined && more.length === 0) return { kind: 'value', value: tool.input };
  return { kind: 'text', text: said };
}

function joined(parts: readonly Fields[], type: string): string {
  return parts
    .filter((part) => part.type === type)
    .map((part) => text(part.text) ?? '')
    .join('');
}
