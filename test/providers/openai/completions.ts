/** A composed answer as the legacy /v1/completions gives it, whole or as chunks: https://platform.openai.com/docs/api-reference/completions. */
import { type Composed, pieces } from '../compose.ts';
import { field } from '../field.ts';
import type { RecordedRequest } from '../request.ts';
import type { Reply } from '../server.ts';
import { data, finishReason } from './chat.ts';

export function completionsReply(
  request: RecordedRequest,
  composed: Composed,
  extra: Readonly<Record<string, unknown>>,
): Reply {
  const base = {
    id: `cmpl-${composed.id}`,
    object: 'text_completion',
    created: composed.created,
    model: composed.model,
  };
  const choice = (text: string, finish: string | null): unknown => ({
    text,
    index: 0,
    logprobs: null,
    finish_reason: finish,
  });
  const { input, output } = composed.tokens;
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  if (request.body.stream !== true) {
    return {
      status: 200,
      body: { ...base, choices: [choice(composed.text, finishReason(composed))], usage, ...extra },
    };
  }
  const withUsage = field(request.body.stream_options, 'include_usage') === true;
  const events = [
    ...pieces(composed.text).map((text) => data({ ...base, choices: [choice(text, null)], ...extra })),
    data({ ...base, choices: [choice('', finishReason(composed))], ...extra }),
    ...(withUsage ? [data({ ...base, choices: [], usage, ...extra })] : []),
    'data: [DONE]\n\n',
  ];
  return { status: 200, events };
}
