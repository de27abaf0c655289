/** A composed answer as /v1/responses gives it, whole or as typed events: https://platform.openai.com/docs/api-reference/responses-streaming. */
import { type Composed, pieces } from '../compose.ts';
import { exampleOf } from '../example-of.ts';
import { field } from '../field.ts';
import type { RecordedRequest } from '../request.ts';
import type { Reply } from '../server.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Without a script: an example of the schema that was asked for, or a sentence. */
export function responsesText(request: RecordedRequest): string {
  const format = field(request.body.text, 'format');
  if (field(format, 'type') === 'json_schema') return JSON.stringify(exampleOf(field(format, 'schema')));
  return field(format, 'type') === 'json_object' ? '{}' : 'Hello! How can I help you today?';
}

export function responsesReply(request: RecordedRequest, composed: Composed, extra: Fields): Reply {
  const status = composed.finish === 'length' || composed.finish === 'content_filter' ? 'incomplete' : 'completed';
  const output = items(composed, status);
  const response = { ...envelope(request, composed), status, output, usage: usage(composed), ...extra };
  if (status === 'incomplete') {
    Object.assign(response, {
      incomplete_details: { reason: composed.finish === 'length' ? 'max_output_tokens' : 'content_filter' },
    });
  }
  if (request.body.stream !== true) return { status: 200, body: response };

  const started = { ...envelope(request, composed), status: 'in_progress', output: [], usage: null, ...extra };
  const events: readonly Fields[] = [
    { type: 'response.created', response: started },
    { type: 'response.in_progress', response: started },
    ...output.flatMap((item, index) => itemEvents(item, index)),
    { type: `response.${status}`, response },
  ];
  return {
    status: 200,
    events: events.map((event, number) => render({ ...event, sequence_number: number })),
    errorEvent: render({
      type: 'error',
      code: 'server_error',
      message: 'The server had an error while processing your request.',
      param: null,
      sequence_number: events.length,
    }),
  };
}

type Content =
  | { readonly type: 'output_text'; readonly text: string; readonly annotations: []; readonly logprobs: [] }
  | { readonly type: 'refusal'; readonly refusal: string };

type Item =
  | {
      readonly type: 'message';
      readonly id: string;
      readonly status: string;
      readonly role: 'assistant';
      readonly content: readonly Content[];
    }
  | {
      readonly type: 'function_call';
      readonly id: string;
      readonly status: string;
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
    };

function items(composed: Composed, status: string): readonly Item[] {
  const calls = composed.toolCalls.map(
    (call): Item => ({
      type: 'function_call',
      id: `fc_${call.id}`,
      status,
      call_id: call.id,
      name: call.name,
      arguments: JSON.stringify(call.arguments),
    }),
  );
  const content: Content | undefined =
    composed.refusal !== undefined
      ? { type: 'refusal', refusal: composed.refusal }
      : composed.text !== ''
        ? { type: 'output_text', text: composed.text, annotations: [], logprobs: [] }
        : undefined;
  if (content === undefined) return calls;
  return [{ type: 'message', id: `msg_${composed.id}`, status, role: 'assistant', content: [content] }, ...calls];
}

function itemEvents(item: Item, output_index: number): readonly Fields[] {
  const at = { item_id: item.id, output_index };
  const done = { type: 'response.output_item.done', output_index, item };
  if (item.type === 'function_call') {
    return [
      { type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress', arguments: '' } },
      { type: 'response.function_call_arguments.delta', ...at, delta: item.arguments },
      { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments, name: item.name },
      done,
    ];
  }
  return [
    { type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress', content: [] } },
    ...item.content.flatMap((part, content_index) => contentEvents(part, { ...at, content_index })),
    done,
  ];
}

function contentEvents(part: Content, at: Fields): readonly Fields[] {
  const added = (empty: Content): Fields => ({ type: 'response.content_part.added', ...at, part: empty });
  const done = { type: 'response.content_part.done', ...at, part };
  if (part.type === 'refusal') {
    return [
      added({ ...part, refusal: '' }),
      ...pieces(part.refusal).map((delta) => ({ type: 'response.refusal.delta', ...at, delta })),
      { type: 'response.refusal.done', ...at, refusal: part.refusal },
      done,
    ];
  }
  return [
    added({ ...part, text: '' }),
    ...pieces(part.text).map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] },
    done,
  ];
}

function envelope({ body }: RecordedRequest, composed: Composed): Record<string, unknown> {
  return {
    id: `resp_${composed.id}`,
    object: 'response',
    created_at: composed.created,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    model: composed.model,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: body.text ?? { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: body.tools ?? [],
    top_p: 1,
    truncation: 'disabled',
    user: null,
  };
}

function usage({ tokens, extraUsage }: Composed): Record<string, unknown> {
  return {
    input_tokens: tokens.input,
    input_tokens_details: { cached_tokens: tokens.cachedInput },
    output_tokens: tokens.output,
    output_tokens_details: { reasoning_tokens: tokens.reasoning },
    total_tokens: tokens.input + tokens.output,
    ...extraUsage,
  };
}

function render(event: Fields): string {
  return `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`;
}
