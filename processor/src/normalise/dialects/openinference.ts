/**
 * OpenInference (Arize Phoenix). `llm.model_name` is the model asked for until the answer names the one that served: the request
 * itself stands in `llm.invocation_parameters`, as JSON.
 */
import {
  type Dialect,
  isAgent,
  isApart,
  isJob,
  isNoJob,
  type RecordedOutput,
  type TextFacts,
  type Texts,
} from './dialect.ts';
import { jsonObject } from './json-text.ts';
import { outputsIn } from './recorded-answer.ts';
import { declaredIn } from './recorded-request.ts';
import { fingerprintOf, remembering, rememberingAll } from './schema-text.ts';

const REQUEST = 'llm.invocation_parameters';
const ANSWER = 'llm.output_messages.0.message';
const TOOL_CALL = `${ANSWER}.tool_calls.0.tool_call.function`;

const KIND = 'openinference.span.kind';

export const OPENINFERENCE: Dialect = {
  calls: [{ key: KIND, says: isJob }],
  around: [{ key: KIND, says: isNoJob }],
  outerHolders: [{ key: KIND, says: isAgent }],
  apart: [{ key: KIND, says: isApart }],
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
    { key: REQUEST, read: remembering(ofRequest) },
    { key: 'embedding.invocation_parameters', read: remembering(ofRequest) },
  ],
  recorded: {
    asked: [REQUEST, 'llm.tools.0.tool.json_schema', 'llm.tools.1.tool.json_schema'],
    declared: rememberingAll(([request, ...tools]) =>
      declaredIn(
        jsonObject(request) ?? {},
        tools.filter((tool) => tool !== undefined),
      ),
    ),
    answered: [
      `${ANSWER}.content`,
      `${ANSWER}.contents.0.message_content.text`,
      `${TOOL_CALL}.name`,
      `${TOOL_CALL}.arguments`,
      'output.value',
    ],
    outputs,
  },
};

/** A request as the client sent it; tools that one client leaves out of it stand beside it. */
function ofRequest(text: string): TextFacts {
  const request = jsonObject(text) ?? {};
  const { model, api_base: url } = request;
  return {
    requestModel: typeof model === 'string' ? model : undefined,
    schemaFingerprint: fingerprintOf(declaredIn(request)),
    // LiteLLM's deployment.
    url: typeof url === 'string' ? url : undefined,
  };
}

function outputs([text, part, tool, input, answer]: Texts): readonly RecordedOutput[] {
  if (tool !== undefined) return [{ text: undefined, tools: [{ name: tool, input }] }];
  const written = text ?? part;
  return written === undefined ? outputsIn(answer) : [{ text: written, tools: [] }];
}
