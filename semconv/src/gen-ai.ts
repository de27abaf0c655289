/** Generated from model/*.yaml by `npm run generate`; change the model, not this file. */

/** The name of the operation being performed. */
export const ATTR_GEN_AI_OPERATION_NAME = 'gen_ai.operation.name';

/** All values of `gen_ai.operation.name`, in the registry's order. */
export const GEN_AI_OPERATION_NAMES = [
  /** Chat completion. */
  'chat',
  /** Multimodal content generation. */
  'generate_content',
  /** Text completion. */
  'text_completion',
  /** Embeddings. */
  'embeddings',
  /** Retrieval. */
  'retrieval',
  /** Create an agent. */
  'create_agent',
  /** Invoke an agent. */
  'invoke_agent',
  /** Execute a tool. */
  'execute_tool',
  /** Invoke a workflow. */
  'invoke_workflow',
] as const;

/** Values of `gen_ai.operation.name`. */
export type GenAiOperationName = (typeof GEN_AI_OPERATION_NAMES)[number];

/** The provider as the instrumentation identified it. */
export const ATTR_GEN_AI_PROVIDER_NAME = 'gen_ai.provider.name';

/** The model that was asked for. */
export const ATTR_GEN_AI_REQUEST_MODEL = 'gen_ai.request.model';

/** Whether the answer was asked for as a stream. */
export const ATTR_GEN_AI_REQUEST_STREAM = 'gen_ai.request.stream';

/** The maximum number of tokens asked for. */
export const ATTR_GEN_AI_REQUEST_MAX_TOKENS = 'gen_ai.request.max_tokens';

/** The temperature asked for. */
export const ATTR_GEN_AI_REQUEST_TEMPERATURE = 'gen_ai.request.temperature';

/** The unique identifier of the answer. */
export const ATTR_GEN_AI_RESPONSE_ID = 'gen_ai.response.id';

/** The model that generated the answer. */
export const ATTR_GEN_AI_RESPONSE_MODEL = 'gen_ai.response.model';

/** Why the model stopped, one reason a generation. */
export const ATTR_GEN_AI_RESPONSE_FINISH_REASONS = 'gen_ai.response.finish_reasons';

/** Seconds from the request to the first chunk of a streamed answer. */
export const ATTR_GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK = 'gen_ai.response.time_to_first_chunk';

/** Input tokens, cached ones included. */
export const ATTR_GEN_AI_USAGE_INPUT_TOKENS = 'gen_ai.usage.input_tokens';

/** Output tokens, reasoning included. */
export const ATTR_GEN_AI_USAGE_OUTPUT_TOKENS = 'gen_ai.usage.output_tokens';

/** Input tokens that a cache of the provider served. */
export const ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS = 'gen_ai.usage.cache_read.input_tokens';

/** Input tokens written to a cache of the provider. */
export const ATTR_GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS = 'gen_ai.usage.cache_write.input_tokens';

/** Output tokens used for reasoning. */
export const ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS = 'gen_ai.usage.reasoning.output_tokens';

/** The kind of content that was asked for. */
export const ATTR_GEN_AI_OUTPUT_TYPE = 'gen_ai.output.type';

/** All values of `gen_ai.output.type`, in the registry's order. */
export const GEN_AI_OUTPUT_TYPES = [
  /** Plain text. */
  'text',
  /** JSON, with or without a known schema. */
  'json',
  /** An image. */
  'image',
  /** Speech. */
  'speech',
] as const;

/** Values of `gen_ai.output.type`. */
export type GenAiOutputType = (typeof GEN_AI_OUTPUT_TYPES)[number];

/** The name of the prompt. */
export const ATTR_GEN_AI_PROMPT_NAME = 'gen_ai.prompt.name';

/** The version of the prompt. */
export const ATTR_GEN_AI_PROMPT_VERSION = 'gen_ai.prompt.version';

/** The type of token being counted. */
export const ATTR_GEN_AI_TOKEN_TYPE = 'gen_ai.token.type';

/** All values of `gen_ai.token.type`, in the registry's order. */
export const GEN_AI_TOKEN_TYPES = [
  /** Input tokens. */
  'input',
  /** Output tokens. */
  'output',
] as const;

/** Values of `gen_ai.token.type`. */
export type GenAiTokenType = (typeof GEN_AI_TOKEN_TYPES)[number];

/**
 * The provider, under its old name.
 * Read only: `gen_ai.provider.name` is its new name.
 */
export const ATTR_GEN_AI_SYSTEM = 'gen_ai.system';

/**
 * Input tokens, under their old name.
 * Read only: `gen_ai.usage.input_tokens` is its new name.
 */
export const ATTR_GEN_AI_USAGE_PROMPT_TOKENS = 'gen_ai.usage.prompt_tokens';

/**
 * Output tokens, under their old name.
 * Read only: `gen_ai.usage.output_tokens` is its new name.
 */
export const ATTR_GEN_AI_USAGE_COMPLETION_TOKENS = 'gen_ai.usage.completion_tokens';

/**
 * Input tokens written to a cache of the provider, under their old name.
 * Read only: `gen_ai.usage.cache_write.input_tokens` is its new name.
 */
export const ATTR_GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS = 'gen_ai.usage.cache_creation.input_tokens';

/**
 * What the operation failed with.
 * Never set on a successful span. Equals the outcome where there is no exception.
 */
export const ATTR_ERROR_TYPE = 'error.type';

/** The type of an exception. */
export const ATTR_EXCEPTION_TYPE = 'exception.type';

/** The host that was called. */
export const ATTR_SERVER_ADDRESS = 'server.address';

/** The port that was called. */
export const ATTR_SERVER_PORT = 'server.port';

/** The logical name of the service. */
export const ATTR_SERVICE_NAME = 'service.name';

/** The namespace of the service's name. */
export const ATTR_SERVICE_NAMESPACE = 'service.namespace';

/** The identifier of one instance of the service. */
export const ATTR_SERVICE_INSTANCE_ID = 'service.instance.id';

/** The name of the deployment environment. */
export const ATTR_DEPLOYMENT_ENVIRONMENT_NAME = 'deployment.environment.name';

/**
 * The deployment environment, under its old name.
 * Read only: `deployment.environment.name` is its new name.
 */
export const ATTR_DEPLOYMENT_ENVIRONMENT = 'deployment.environment';

/** Marks the one series that everything past a cap of series folds into. */
export const ATTR_OTEL_METRIC_OVERFLOW = 'otel.metric.overflow';
