/** Providers without a server: a URL and a body in, the Response that the real API would give out, always the same bytes. */

/** Stands in every prompt, output, schema and error message, and nowhere else. */
export const SECRET = 'xylophone';
const OUTPUT = JSON.stringify({ [SECRET]: SECRET });

/** How the provider behaves: each way is used against each. */
export const PROVIDERS = {
  'that answers': () => undefined,
  'that is overloaded once': (number) => (number === 1 ? failing(503, { 'retry-after-ms': '1' }) : undefined),
  'that refuses the key': () => failing(401),
  'that is away': () => {
    throw new TypeError(`fetch failed: ${SECRET}`);
  },
  'that sends no JSON': () => new Response(`<html>${SECRET}`, { headers: { 'content-type': 'application/json' } }),
  'that breaks off': () => new Response(broken(), { headers: { 'content-type': 'text/event-stream' } }),
} satisfies Record<string, (number: number) => Response | undefined>;

export function answering(url: string, body: string): Response {
  const headers = { 'x-request-id': 'req_1', 'request-id': 'req_1' };
  if (!body.includes('"stream":true')) return Response.json(whole(url), { headers });
  return new Response(
    events(url)
      .map((event) => `event: ${typeOf(event)}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(''),
    {
      headers: { ...headers, 'content-type': 'text/event-stream' },
    },
  );
}

const typeOf = (event: object): string => ('type' in event ? String(event.type) : 'message');
const USAGE = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };

function choice(what: object, object = 'chat.completion'): object {
  const finish = 'message' in what ? 'stop' : null;
  return {
    id: 'c1',
    object,
    created: 1,
    model: 'gpt-5',
    choices: [{ index: 0, finish_reason: finish, ...what }],
    usage: USAGE,
  };
}

const RESPONSE = {
  id: 'r1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'gpt-5',
  output: [
    {
      type: 'message',
      id: 'm1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: OUTPUT, annotations: [] }],
    },
  ],
  usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
};
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: OUTPUT }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 2 },
};

function whole(url: string): object {
  if (url.includes('/embeddings'))
    return {
      object: 'list',
      model: 'text-embedding-3-small',
      data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
      usage: USAGE,
    };
  if (url.includes('/responses')) return RESPONSE;
  if (url.includes('/messages')) return MESSAGE;
  if (url.includes('/chat/')) return choice({ message: { role: 'assistant', content: OUTPUT, refusal: null } });
  return choice({ text: OUTPUT, finish_reason: 'stop' }, 'text_completion');
}

function events(url: string): readonly object[] {
  if (url.includes('/responses')) {
    return [
      { type: 'response.created', sequence_number: 0, response: { ...RESPONSE, status: 'in_progress', output: [] } },
      { type: 'response.completed', sequence_number: 1, response: RESPONSE },
    ];
  }
  if (url.includes('/messages')) {
    return [
      { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: OUTPUT } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
      { type: 'message_stop' },
    ];
  }
  return [
    choice({ delta: { role: 'assistant', content: OUTPUT } }, 'chat.completion.chunk'),
    choice({ delta: {}, finish_reason: 'stop' }, 'chat.completion.chunk'),
  ];
}

function failing(status: number, headers: Record<string, string> = {}): Response {
  const error = { type: 'invalid_request_error', code: 'no', message: SECRET };
  return new Response(JSON.stringify({ type: 'error', error }), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

function broken(): ReadableStream<Uint8Array> {
  const chunk = `data: ${JSON.stringify(choice({ delta: { content: SECRET } }, 'chat.completion.chunk'))}\n\n`;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(chunk));
    },
    pull(controller) {
      controller.error(new TypeError(`terminated: ${SECRET}`));
    },
  });
}
