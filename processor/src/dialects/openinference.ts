/**
 * OpenInference (Arize Phoenix). `llm.model_name` is the model asked for until the answer names the one that served: the request
 * itself stands in `llm.invocation_parameters`, as JSON.
 */

import { schemaFingerprint, standsApart } from '@warmspare/semconv';
import type { Dialect, TextFacts } from './dialect.ts';
import { jsonObject } from './json-text.ts';
import { remembering } from './schema-text.ts';

const KIND = 'openinference.span.kind';

export const OPENINFERENCE: Dialect = {
  calls: [{ key: KIND, says: (kind) => kind === 'LLM' || kind === 'EMBEDDING' }],
  around: [{ key: KIND, says: (kind) => kind !== 'LLM' && kind !== 'EMBEDDING' }],
  outerHolders: [{ key: KIND, says: (kind) => kind === 'AGENT' }],
  apart: [{ key: KIND, says: standsApart }],
  operations: [KIND],
  held: [KIND],
  sites: [{ kind: 'agent', key: 'agent.name' }],
  aliases: {
    requestModel: ['llm.request.model_name'],
    responseModel: ['llm.response.model_name', 'llm.model_name', 'embedding.model_name'],
    provider: ['llm.provider', 'llm.system'],
    inputTokens: ['llm.token_count.prompt'],
    outputTokens: ['llm.token_count.completion'],
    finishReason: ['llm.finish_reason'],
    costAmount: ['llm.cost.total'],
    promptName: ['prompt.id'],
    promptVersion: ['llm.prompt_template.version'],
  },
  texts: [
    { key: 'llm.invocation_parameters', read: remembering(ofRequest) },
    { key: 'embedding.invocation_parameters', read: remembering(ofRequest) },
  ],
};

/** A request as the client sent it, in the form of OpenAI's chat completions or responses, or of Anthropic's messages. */
function ofRequest(text: string): TextFacts {
  const { model, response_format, text: output, output_config, api_base: url } = jsonObject(text) ?? {};
  const format =
    jsonObject(response_format) ?? jsonObject(jsonObject(output)?.format ?? jsonObject(output_config)?.format);
  const schema = jsonObject(format?.json_schema)?.schema ?? format?.schema;
  return {
    requestModel: typeof model === 'string' ? model : undefined,
    schemaFingerprint: schema === undefined ? undefined : schemaFingerprint(schema),
    // LiteLLM's deployment.
    url: typeof url === 'string' ? url : undefined,
  };
}
