/** A composed answer as /v1/chat/completions gives it, whole or as chunks: https://platform.openai.com/docs/api-reference/chat. */
import { type Composed, pieces } from '../compose.ts';
import { exampleOf } from '../example-of.ts';
import { field } from '../field.ts';
import type { RecordedRequest } from '../request.ts';
import type { Reply } from '../server.ts';

/** Without a script: an example of the schema that was asked for, or a sentence. */
export function chatText(request: RecordedRequest): string {
  const format = request.body.response_format;
  if (field(format, 'type') === 'json_schema') {
    return JSON.stringify(exampleOf(field(field(format, 'json_schema'), 'schema')));
  }
  return field(format, 'type') === 'json_object' ? '{}' : 'Hello! How can I help you today?';
}

export function chatReply(
  request: RecordedRequest,
  composed: Composed,
  extra: Readonly<Record<string, unknown>>,
): Reply {
  return request.body.stream === true
    ? stream(request, composed, extra)
    : { status: 200, body: { ...whole(composed), ...extra } };
}

function whole(composed: Composed): Record<string, unknown> {
  return {
    id: `chatcmpl-${composed.id}`,
    object: 'chat.completion',
    created: composed.created,
    model: composed.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: composed.text === '' ? null : composed.text,
          refusal: composed.refusal ?? null,
          annotations: [],
          ...(composed.toolCalls.length > 0 ? { tool_calls: composed.toolCalls.map((call) => toolCall(call)) } : {}),
          ...composed.extraMessage,
        },
        logprobs: null,
        finish_reason: finishReason(composed),
      },
    ],
    usage: usage(composed),
    service_tier: 'default',
    system_fingerprint: null,
  };
}

function stream(request: RecordedRequest, composed: Composed, extra: Readonly<Record<string, unknown>>): Reply {
  const withUsage = field(request.body.stream_options, 'include_usage') === true;
  // groq-sdk, ChatCompletionChunk.XGroq: in the first and the final chunk, the usage in the final one, asked for or not.
  const { x_groq: groq, ...rest } = extra;
  const first = groq === undefined ? {} : { x_groq: groq };
  const last = groq === undefined ? {} : { x_groq: { ...groq, usage: usage(composed) } };
  const chunk = (fields: Record<string, unknown>): string =>
    data({
      id: `chatcmpl-${composed.id}`,
      object: 'chat.completion.chunk',
      created: composed.created,
      model: composed.model,
      service_tier: 'default',
      system_fingerprint: null,
      ...fields,
      ...rest,
    });
  const delta = (value: Record<string, unknown>, finish: string | null = null, more: object = {}): string =>
    chunk({
      choices: [{ index: 0, delta: value, logprobs: null, finish_reason: finish }],
      ...(withUsage ? { usage: null } : {}),
      ...more,
    });
  const events = [
    delta({ role: 'assistant', content: composed.toolCalls.length > 0 ? null : '', refusal: null }, null, first),
    ...pieces(composed.text).map((content) => delta({ content })),
    ...pieces(composed.refusal ?? '').map((refusal) => delta({ refusal })),
    ...composed.toolCalls.flatMap((call, index) => {
      const { id, type, function: called } = toolCall(call);
      return [
        delta({ tool_calls: [{ index, id, type, function: { name: called.name, arguments: '' } }] }),
        delta({ tool_calls: [{ index, function: { arguments: called.arguments } }] }),
      ];
    }),
    delta(composed.extraMessage, finishReason(composed), last),
    ...(withUsage ? [chunk({ choices: [], usage: usage(composed) })] : []),
    'data: [DONE]\n\n',
  ];
  const error = {
    message: 'The server had an error while processing your request.',
    type: 'server_error',
    param: null,
    code: null,
  };
  return { status: 200, events, errorEvent: data({ error }) };
}

function usage({ tokens, extraUsage }: Composed): Record<string, unknown> {
  return {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    prompt_tokens_details: { cached_tokens: tokens.cachedInput, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    ...extraUsage,
  };
}

function toolCall(call: Composed['toolCalls'][number]): {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
} {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.arguments) } };
}

/** A refusal ends with `stop`: only the message's `refusal` field tells. */
export function finishReason({ finish }: Composed): string {
  return finish === 'refusal' ? 'stop' : finish;
}

export function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
