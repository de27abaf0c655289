/** Which attribute says what, by dialect: of each list the first that a span carries wins. */
import {
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_TYPE,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_SYSTEM,
  ATTR_GEN_AI_USAGE_COMPLETION_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_GEN_AI_USAGE_PROMPT_TOKENS,
} from '@warmspare/semconv';

export type Field = 'requestModel' | 'responseModel' | 'provider' | 'inputTokens' | 'outputTokens' | 'errorType';

/** OTel GenAI first, then OpenLLMetry, OpenInference, Vercel AI SDK, Langfuse. */
export const FIELDS: Readonly<Record<Field, readonly string[]>> = {
  requestModel: [
    ATTR_GEN_AI_REQUEST_MODEL,
    'llm.request.model',
    'llm.request.model_name',
    'llm.model_name',
    'ai.model.id',
    'langfuse.observation.model.name',
  ],
  responseModel: [ATTR_GEN_AI_RESPONSE_MODEL, 'llm.response.model', 'llm.response.model_name', 'ai.response.model'],
  provider: [ATTR_GEN_AI_PROVIDER_NAME, ATTR_GEN_AI_SYSTEM, 'llm.provider', 'llm.system', 'ai.model.provider'],
  inputTokens: [
    ATTR_GEN_AI_USAGE_INPUT_TOKENS,
    ATTR_GEN_AI_USAGE_PROMPT_TOKENS,
    'llm.usage.prompt_tokens',
    'llm.token_count.prompt',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
  ],
  outputTokens: [
    ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
    ATTR_GEN_AI_USAGE_COMPLETION_TOKENS,
    'llm.usage.completion_tokens',
    'llm.token_count.completion',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
  ],
  errorType: [ATTR_ERROR_TYPE, ATTR_EXCEPTION_TYPE],
};

/** What tells an LLM call from the spans around it, beyond `gen_ai.operation.name`: an attribute and the values that say so. */
export const CALL_MARKS: readonly { readonly key: string; readonly says: (value: string) => boolean }[] = [
  { key: 'llm.request.type', says: (value) => value !== '' },
  { key: 'openinference.span.kind', says: (value) => value === 'LLM' || value === 'EMBEDDING' },
  { key: 'ai.operationId', says: (value) => value.endsWith('doGenerate') || value.endsWith('doStream') },
  { key: 'langfuse.observation.type', says: (value) => value === 'generation' },
];

/** Langfuse leaves the status unset and says it here. */
export const ERROR_LEVEL: { readonly key: string; readonly value: string } = {
  key: 'langfuse.observation.level',
  value: 'ERROR',
};

/** Langfuse's counts as one JSON text; `usage-details.ts` reads it. */
export const USAGE_DETAILS = 'langfuse.observation.usage_details';
