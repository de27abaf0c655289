/** A list of vectors as /v1/embeddings gives it, floats or base64: https://platform.openai.com/docs/api-reference/embeddings. */
import type { Composed } from '../compose.ts';
import type { RecordedRequest } from '../request.ts';
import type { Reply } from '../server.ts';

export function embeddingsReply(
  request: RecordedRequest,
  composed: Composed,
  extra: Readonly<Record<string, unknown>>,
): Reply {
  const inputs = Array.isArray(request.body.input) ? request.body.input : [request.body.input];
  const size = typeof request.body.dimensions === 'number' ? request.body.dimensions : 8;
  const vectors = inputs.map((_, index) =>
    Float32Array.from({ length: size }, (_item, at) => (at === index % size ? 1 : 0)),
  );
  // The official client asks for base64 by itself and turns it back into numbers.
  const render = (vector: Float32Array): unknown =>
    request.body.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
  return {
    status: 200,
    body: {
      object: 'list',
      data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: render(vector) })),
      model: composed.model,
      usage: { prompt_tokens: composed.tokens.input, total_tokens: composed.tokens.input },
      ...extra,
    },
  };
}
