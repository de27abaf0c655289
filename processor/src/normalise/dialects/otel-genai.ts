/**
 * OpenTelemetry's GenAI conventions, current names before older ones: what the instrumentations of opentelemetry-js-contrib and
 * opentelemetry-python-contrib emit, `@ai-sdk/otel`, and clients that trace themselves.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_OUTPUT_TYPE,
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
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '@warmspare/semconv';
import { type Dialect, isAgent, isApart, isJob, isNoJob, isStep } from './dialect.ts';

export const OTEL_GENAI: Dialect = {
  calls: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: isJob }],
  // An operation that nobody knows is no call.
  around: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: isNoJob }],
  // The AI SDK from version 7 on, whose `invoke_agent` is one operation as the caller sees it, and is named after the call site.
  holders: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: isStep }],
  outerHolders: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: isAgent }],
  apart: [{ key: ATTR_GEN_AI_OPERATION_NAME, says: isApart }],
  operations: [ATTR_GEN_AI_OPERATION_NAME],
  sites: [
    { kind: 'agent', key: 'gen_ai.agent.name' },
    { kind: 'workflow', key: 'gen_ai.workflow.name' },
  ],
  outputTypes: [ATTR_GEN_AI_OUTPUT_TYPE],
  addresses: [ATTR_SERVER_ADDRESS],
  ports: [ATTR_SERVER_PORT],
  // Mistral's own client traces each request.
  tries: [ATTR_GEN_AI_PROVIDER_NAME, ATTR_GEN_AI_SYSTEM].map((key) => ({
    key,
    says: (provider) => provider.startsWith('mistral'),
  })),
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
