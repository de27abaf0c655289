/** A composed answer as Anthropic's /v1/messages gives it, whole or as events: https://docs.claude.com/en/api/messages-streaming. */
import { type Composed, pieces } from '../compose.ts';
import { exampleOf } from '../example-of.ts';
import { field } from '../field.ts';
import type { RecordedRequest } from '../request.ts';
import type { Reply } from '../server.ts';

/** Without a script: an example of the schema that was asked for, or a sentence. */
export function messageText(request: RecordedRequest): string {
  const format = field(request.body.output_config, 'format') ?? request.body.output_format;
  if (field(format, 'type') === 'json_schema') return JSON.stringify(exampleOf(field(format, 'schema')));
  return 'Hello! How can I help you today?';
}

export function messagesReply(
  request: RecordedRequest,
  composed: Composed,
  extra: Readonly<Record<string, unknown>>,
): Reply {
  const message = {
    model: composed.model,
    id: `msg_${composed.id}`,
    type: 'message',
    role: 'assistant',
    content: blocks(composed).map(wire),
    stop_reason: stopReason(composed),
    stop_sequence: null,
    usage: usage(composed, composed.tokens.output),
    ...extra,
  };
  if (request.body.stream !== true) return { status: 200, body: message };
  const start = { ...message, content: [], stop_reason: null, usage: usage({ ...composed, extraUsage: {} }, 1) };
  const events = [
    event('message_start', { message: start }),
    ...blocks(composed).flatMap((block, index) => [
      event('content_block_start', { index, content_block: emptied(block) }),
      ...(index === 0 ? [event('ping', {})] : []),
      ...deltas(block).map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', {
      delta: { stop_reason: stopReason(composed), stop_sequence: null },
      usage: extra.usage ?? usage(composed, composed.tokens.output),
    }),
    event('message_stop', {}),
  ];
  return {
    status: 200,
    events,
    errorEvent: event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }),
  };
}

type Block =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'other'; readonly block: Readonly<Record<string, unknown>> };

function blocks(composed: Composed): readonly Block[] {
  const text = composed.refusal ?? composed.text;
  const calls = composed.toolCalls.map(
    (call): Block => ({ type: 'tool_use', id: `toolu_${call.id}`, name: call.name, input: call.arguments }),
  );
  const leading = composed.leadingBlocks.map((block): Block => ({ type: 'other', block }));
  return [...leading, ...(text === '' ? [] : [{ type: 'text', text } as const]), ...calls];
}

function wire(block: Block): unknown {
  return block.type === 'other' ? block.block : block;
}

/** As a block begins in a stream; blocks of the server come whole. */
function emptied(block: Block): unknown {
  switch (block.type) {
    case 'text':
      return { ...block, text: '' };
    case 'tool_use':
      return { ...block, input: {} };
    case 'other':
      return block.block;
  }
}

function deltas(block: Block): readonly unknown[] {
  switch (block.type) {
    case 'text':
      return pieces(block.text).map((text) => ({ type: 'text_delta', text }));
    case 'tool_use':
      return [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }];
    case 'other':
      return [];
  }
}

/** Anthropic counts cache reads and writes beside the input tokens, not among them. */
function usage({ tokens, extraUsage }: Composed, output: number): Record<string, unknown> {
  return {
    input_tokens: Math.max(0, tokens.input - tokens.cachedInput - tokens.cacheWrite),
    cache_creation_input_tokens: tokens.cacheWrite,
    cache_read_input_tokens: tokens.cachedInput,
    output_tokens: output,
    service_tier: 'standard',
    ...extraUsage,
  };
}

function stopReason({ finish }: Composed): string {
  switch (finish) {
    case 'stop':
      return 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'tool_calls':
      return 'tool_use';
    case 'refusal':
    case 'content_filter':
      return 'refusal';
  }
}

function event(type: string, fields: Readonly<Record<string, unknown>>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
