/** OpenLLMetry (Traceloop). Newer versions speak OpenTelemetry's names; these are the older ones, and what is still its own. */
import type { Dialect } from './dialect.ts';
import { fromSchemaText } from './schema-text.ts';

export const OPENLLMETRY: Dialect = {
  calls: [{ key: 'llm.request.type', says: (type) => type !== '' && type !== 'rerank' }],
  // Only workflows, tasks, agents and tools have a kind.
  around: [{ key: 'traceloop.span.kind', says: (kind) => kind !== '' }],
  embeddings: [{ key: 'llm.request.type', says: (type) => type === 'embedding' }],
  sites: ['traceloop.workflow.name'],
  aliases: {
    requestModel: ['llm.request.model'],
    responseModel: ['llm.response.model'],
    inputTokens: ['llm.usage.prompt_tokens'],
    outputTokens: ['llm.usage.completion_tokens'],
    finishReason: ['gen_ai.completion.0.finish_reason', 'llm.response.finish_reason'],
    promptName: ['traceloop.prompt.key'],
    promptVersion: ['traceloop.prompt.version'],
    promptFingerprint: ['traceloop.prompt.version_hash'],
  },
  texts: [{ key: 'gen_ai.request.structured_output_schema', read: fromSchemaText }],
};
