/** APIs made after OpenAI's chat completions, each with its own errors and usage: Mistral, OpenRouter. */
import type { RecordedRequest } from '../request.ts';
import { type Provider, type ProviderServer, type Reply, type ServerOptions, startServer } from '../server.ts';
import type { Answer, Failure, FailureReason } from '../steps.ts';
import { renderOpenAI } from './server.ts';

/** Mistral's API: https://docs.mistral.ai/api. Give its `url` to the client as server. */
export function startMistral(options: ServerOptions = {}): Promise<ProviderServer> {
  return startServer(
    relative(mistralError, () => ({})),
    options,
  );
}

/** OpenRouter's API: https://openrouter.ai/docs/api-reference/overview. Give its `url` + `/api/v1` to the client as server. */
export function startOpenRouter(options: ServerOptions = {}): Promise<ProviderServer> {
  const cost = {
    cost: 0.0125,
    is_byok: false,
    cost_details: {
      upstream_inference_cost: null,
      upstream_inference_prompt_cost: 0,
      upstream_inference_completions_cost: 0,
    },
  };
  return startServer(
    relative(openRouterError, () => cost),
    options,
  );
}

function relative(
  errorOf: (reason: FailureReason) => readonly [status: number, body: unknown],
  usageOf: () => Readonly<Record<string, unknown>>,
): Provider {
  const render = (request: RecordedRequest, outcome: Answer | Failure): Reply | undefined => {
    if (outcome.kind === 'answer') {
      // Both tell the usage of a stream unasked.
      const asked = { ...request, body: { ...request.body, stream_options: { include_usage: true } } };
      const reply = renderOpenAI(asked, { ...outcome, usage: { ...usageOf(), ...outcome.usage } });
      return reply && tidied(reply, `gen-${request.number}`);
    }
    const [status, body] = errorOf(outcome.reason);
    return { status, body };
  };
  return { render };
}

/** Neither writes null into the chunks of a stream where OpenAI does, and each answer has an id. */
function tidied(reply: Reply, id: string): Reply {
  const tidy = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null))
      : value;
  const event = (text: string): string => {
    const [, json] = /^data: (\{.*\})$/m.exec(text) ?? [];
    return json === undefined ? text : `data: ${JSON.stringify(tidy(JSON.parse(json)))}\n\n`;
  };
  const { body, events, ...rest } = reply;
  return {
    ...rest,
    ...(body === undefined ? {} : { body: { id, ...(body as object) } }),
    ...(events === undefined ? {} : { events: events.map((each) => event(String(each))) }),
  };
}

function mistralError(reason: FailureReason): readonly [status: number, body: unknown] {
  const own = (message: string, type: string, code: string): unknown => ({
    object: 'error',
    message,
    type,
    param: null,
    code,
  });
  switch (reason) {
    case 'bad_request':
      return [
        422,
        {
          object: 'error',
          message: { detail: [{ type: 'missing', loc: ['body', 'messages'], msg: 'Field required' }] },
          type: 'invalid_request_error',
          param: null,
          code: null,
        },
      ];
    case 'authentication':
      return [401, { detail: 'Unauthorized' }];
    case 'permission':
      return [403, own('This model is not available to your workspace.', 'forbidden', '1800')];
    case 'model_not_found':
      return [400, own('Invalid model: none', 'invalid_model', '1500')];
    case 'rate_limit':
      return [429, own('Rate limit exceeded', 'rate_limited', '1300')];
    case 'insufficient_quota':
      return [402, own('Your account has no active payment method.', 'payment_required', '1400')];
    case 'server_error':
      return [500, own('Internal server error', 'internal_server_error', '3000')];
    case 'unavailable':
    case 'overloaded':
      return [503, own('Service unavailable.', 'internal_server_proxy', '3700')];
  }
}

const MESSAGES: Readonly<Record<FailureReason, readonly [code: number, message: string]>> = {
  bad_request: [400, 'Input required: specify "prompt" or "messages"'],
  authentication: [401, 'User not found.'],
  permission: [403, 'This request was flagged by moderation.'],
  model_not_found: [404, 'No endpoints found for none.'],
  rate_limit: [429, 'Provider returned error'],
  insufficient_quota: [402, 'Insufficient credits. Add more using https://openrouter.ai/settings/credits'],
  server_error: [500, 'Internal Server Error'],
  unavailable: [503, 'There is no available model provider that meets your routing requirements'],
  overloaded: [503, 'Provider returned error'],
};

function openRouterError(reason: FailureReason): readonly [status: number, body: unknown] {
  const [code, message] = MESSAGES[reason];
  return [code, { error: { code, message }, user_id: 'user_none' }];
}
