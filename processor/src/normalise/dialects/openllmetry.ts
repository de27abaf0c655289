/** OpenLLMetry (Traceloop). Newer versions speak OpenTelemetry's names; these are the older ones, and what is still its own. */
import { type Dialect, isAgent, isApart, isJob } from './dialect.ts';
import { outputsIn } from './recorded-answer.ts';
import { declaredBySchema, fromSchemaText } from './schema-text.ts';

const SCHEMA = 'gen_ai.request.structured_output_schema';
const ANSWER = 'gen_ai.completion.0';

/** Only workflows, tasks, agents and tools have one. */
const KIND = 'traceloop.span.kind';

export const OPENLLMETRY: Dialect = {
  calls: [{ key: 'llm.request.type', says: isJob }],
  around: [{ key: KIND, says: (kind) => kind !== '' }],
  outerHolders: [{ key: KIND, says: isAgent }],
  apart: [{ key: KIND, says: isApart }],
  operations: ['llm.request.type'],
  held: ['traceloop.workflow.name', 'traceloop.entity.path'],
  sites: [
    { kind: 'workflow', key: 'traceloop.workflow.name' },
    { kind: 'task', key: 'traceloop.entity.name', on: { key: KIND, says: (kind) => kind === 'task' } },
    { kind: 'agent', key: 'traceloop.entity.name', on: { key: KIND, says: (kind) => kind === 'agent' } },
  ],
  otherChoices: [1, 2, 3].map((choice) => `gen_ai.completion.${choice}.finish_reason`),
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
  texts: [{ key: SCHEMA, read: fromSchemaText }],
  recorded: {
    asked: [SCHEMA],
    declared: declaredBySchema,
    answered: ['gen_ai.output.messages', `${ANSWER}.content`, `${ANSWER}.tool_calls.0.name`],
    outputs: ([messages, text, tool]) => {
      if (messages !== undefined) return outputsIn(messages);
      return text === undefined || tool !== undefined ? [] : [{ text, tools: [] }];
    },
  },
};
