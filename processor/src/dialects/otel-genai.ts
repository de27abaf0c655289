/**
 * OpenTelemetry's GenAI conventions, current names before older ones: what the instrumentations of opentelemetry-js-contrib and
 * opentelemetry-python-contrib emit, `@ai-sdk/otel`, and clients that trace themselves.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_PROMPT_VERSION,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_SYSTEM,
  ATTR_GEN_AI_USAGE_COMPLETION_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_GEN_AI_USAGE_PROMPT_TOKENS,
} from '@warmspare/semconv';
import type { Dialect } from './dialect.ts';

/** Operations that are no model call; `agent_step` and `rerank` are of `@ai-sdk/otel`. An operation that nobody knows is a call. */
const AROUND: ReadonlySet<string> = new Set([
  'create_agent',
  'invoke_agent',
  'agent_step',
  'plan',
  'execute_tool',
  'invoke_workflow',
  'retrieval',
  'rerank',
  'search_memory',
]);

export const OTEL_GENAI: Dialect = {
  calls: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: (operation) => operation !== '' }],
  around: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: (operation) => AROUND.has(operation) }],
  // The AI SDK from version 7 on, whose `invoke_agent` is one operation as the caller sees it, and is named after the call site.
  holders: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: (operation) => operation === 'agent_step' }],
  outerHolders: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: (operation) => operation === 'invoke_agent' }],
  sites: ['gen_ai.agent.name'],
  // LiteLLM: `aembedding`.
  // Mistral's own client traces each request.
  tries: [ATTR_GEN_AI_PROVIDER_NAME, ATTR_GEN_AI_SYSTEM].map((key) => ({
    key,
    says: (provider) => provider.startsWith('mistral'),
  })),
  embeddings: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: (operation) => operation.includes('embed') }],
  aliases: {
    requestModel: [ATTR_GEN_AI_REQUEST_MODEL],
    responseModel: [ATTR_GEN_AI_RESPONSE_MODEL],
    provider: [ATTR_GEN_AI_PROVIDER_NAME, ATTR_GEN_AI_SYSTEM],
    inputTokens: [ATTR_GEN_AI_USAGE_INPUT_TOKENS, ATTR_GEN_AI_USAGE_PROMPT_TOKENS],
    outputTokens: [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS, ATTR_GEN_AI_USAGE_COMPLETION_TOKENS],
    errorType: [ATTR_ERROR_TYPE, ATTR_EXCEPTION_TYPE],
    finishReason: [ATTR_GEN_AI_RESPONSE_FINISH_REASONS],
    // Proposed: semantic-conventions-genai, pull request 443.
    costAmount: ['gen_ai.usage.cost.amount'],
    costCurrency: ['gen_ai.usage.cost.currency'],
    promptName: [ATTR_GEN_AI_PROMPT_NAME],
    promptVersion: [ATTR_GEN_AI_PROMPT_VERSION],
  },
};
